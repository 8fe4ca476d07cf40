"""What Azure's error codes mean: one table, kept as data.

Each row says what a code means, what to do, whether sending the same request again can help, and where that is known
from. The code decides. Status, service and words only distinguish several meanings of one code.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType

from tui.cloud.entra import ENTRA_ROWS
from tui.cloud.error_row import ErrorCode, Meaning, Service
from tui.domain.errors import Retry
from tui.domain.locks import LOCKED, NO_WAITING, REMOVED_BY

_RECORDED, _RECORDED_2, _QUOTED = "recorded: recordings/", "recorded: recordings-2/", "quoted: quoted/"
_LEARN = "documentation: learn.microsoft.com/azure/"
_DEPLOYMENT = f"{_LEARN}azure-resource-manager/troubleshooting/common-deployment-errors"
_PROVIDERS = f"{_LEARN}azure-resource-manager/troubleshooting/error-register-resource-provider"
_LIMITS = f"{_LEARN}azure-resource-manager/management/request-limits-and-throttling"
_RBAC = f"{_LEARN}role-based-access-control/troubleshooting"
_POLICY = f"{_LEARN}azure-resource-manager/troubleshooting/error-policy-requestdisallowedbypolicy"
_QUOTA = f"{_LEARN}azure-resource-manager/troubleshooting/error-resource-quota"
_SKU = f"{_LEARN}azure-resource-manager/troubleshooting/error-sku-not-available"
_SYNAPSE_NETWORK = f"{_LEARN}synapse-analytics/security/connectivity-settings"
_SYNAPSE_FIREWALL = f"{_LEARN}synapse-analytics/security/synapse-workspace-ip-firewall"
_IMDS = "documentation: learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token"
_ENTRA = "documentation: learn.microsoft.com/entra/identity-platform/reference-error-codes"
_COMMON = "documentation: learn.microsoft.com/rest/api/storagerp/srp_error_codes_common"

_ARM_ERRORS = f"{_RECORDED}arm_errors_403_409_429.json"
_AML_ERRORS = f"{_RECORDED}aml_service_errors_4xx_5xx.json"
_AML_JOBS = f"{_RECORDED_2}aml_job_submit_errors_4xx_5xx.json"
_MFA_QUOTED = f"{_QUOTED}policy_mfa_and_write_lock_refusals_quoted.json"
_AML_429 = "recorded: Azure/azure-sdk-for-python, azure-ai-ml tests (429 with InnerError QuotaExceeded)"
_LIVY = f"{_QUOTED}livy_errors_quoted.json"

_CHECK_NAME = "Check the name, the resource group and the subscription; it may have been deleted."
_CHANGE = "Change what Azure names, then try again."
_WAIT_BUSY = "Another operation is running on it: wait until that has finished, then try again."
_TRY_AGAIN = "Try again; if it happens again, give Microsoft's support the ids below."
_ASK_QUOTA = "Ask for a larger quota (Azure portal, Quotas), or choose a smaller size or another region."
_OTHER_SIZE = "Choose another size or another region, or try again later."
_WAIT = "Wait a minute, then try again."
_SUPPORT = "If Azure's words do not say what to change, give Microsoft's support the ids below."
_SIGN_IN = "Sign in again, then try again."
_MFA_WORDS = (
    r"(?:MFA|multi-?factor authentication) (?:is|was) required|(?:use|using|with|requires?|needs?) (?:an? )?(?:MFA\b|"
    r"multi-?factor)|multi-?factor authentication (?:to|for|before)\b"
)
_MFA_REMEDY = "Sign in again with multi-factor authentication, then send it again; what you entered is kept."
_BUSY_WORDS = (
    r"(?:another|other|an|existing|previous|concurrent|conflicting) (?:\w+ )?(?:operation|update|request|change|"
    r"deployment)\b.{0,60}\b(?:progress|running|pending|ongoing|underway)|"
    r"operation\b.{0,60}\bis (?:updating|in progress|still running)"
)
_RIGHT_WORDS = (
    r"(?:does|do) not have .{0,60}(?:authorization|permission|privilege)|insufficient (?:privileges|permissions)|"
    r"lacks? .{0,40}permission"
)
_QUOTA_WORDS = r"\bquota|\bcore limit|\bcores? (?:are )?needed|exceed\w* .{0,40}\blimit"

ROWS: tuple[ErrorCode, ...] = (
    *ENTRA_ROWS,
    # Permissions
    ErrorCode(
        "AuthorizationFailed",
        Meaning.RIGHT_MISSING,
        "you are not allowed to",
        "Ask an owner of the resource for access.",
        Retry.AFTER_CHANGE,
        _ARM_ERRORS,
    ),
    ErrorCode(
        "LinkedAuthorizationFailed",
        Meaning.RIGHT_MISSING,
        "you are not allowed to",
        "Ask an owner of the linked resource for access.",
        Retry.AFTER_CHANGE,
        _RBAC,
    ),
    ErrorCode(
        "Authorization_RequestDenied",
        Meaning.RIGHT_MISSING,
        "you are not allowed to",
        "Ask an administrator of the directory for the right to read it.",
        Retry.AFTER_CHANGE,
        _ARM_ERRORS,
    ),
    ErrorCode(
        "DenyAssignmentAuthorizationFailed",
        Meaning.DENIED,
        "a deny assignment forbids it",
        "A deny assignment takes precedence over every role: ask whoever manages it, such as the owner of the "
        "deployment stack or managed application.",
        Retry.AFTER_CHANGE,
        f"{_LEARN}role-based-access-control/deny-assignments",
    ),
    ErrorCode(
        "Unauthorized",
        Meaning.ROLE_MISSING,
        "you are not allowed to",
        "Ask a Synapse Administrator of the workspace for a Synapse role; Azure roles such as Owner do not include it.",
        Retry.AFTER_CHANGE,
        _LIVY,
        statuses=(401, 403),
        pattern=r"required synapse rbac permission",
        example="The principal 'p' does not have the required Synapse RBAC permission to perform this action. "
        "Required permission: Action: Microsoft.Synapse/workspaces/bigDataPools/useCompute/action, Scope: "
        "workspaces/syn-prod/bigDataPools/etl.",
    ),
    ErrorCode(
        "Unauthorized",
        Meaning.SIGN_IN,
        "Azure does not accept the sign-in",
        _SIGN_IN,
        Retry.AFTER_SIGN_IN,
        f"{_LEARN}azure-resource-manager/troubleshooting/common-deployment-errors",
        statuses=(401,),
        is_general=True,
    ),
    ErrorCode(
        "RoleAssignmentUpdateNotPermitted",
        Meaning.CONFLICT,
        "a role assignment with this id exists for another principal, role or scope",
        "Grant it again; that makes a new id.",
        Retry.AFTER_CHANGE,
        _RBAC,
    ),
    ErrorCode(
        "RoleAssignmentExists",
        Meaning.EXISTS,
        "the role is already assigned",
        "Nothing is left to do: the principal holds this role at this scope.",
        Retry.NO,
        f"{_RECORDED_2}azure_role_assignment_errors_400_409.json",
    ),
    ErrorCode(
        "RoleAssignmentNotFound",
        Meaning.NOT_FOUND,
        "the role assignment does not exist",
        "It may have been removed already; read the roles again.",
        Retry.NO,
        f"{_RECORDED}synapse_role_assignments_create_get_list_delete.json",
    ),
    ErrorCode(
        "RoleAssignmentLimitExceeded",
        Meaning.QUOTA,
        "the subscription has as many role assignments as it may have",
        "Remove role assignments that are no longer needed, or assign the role to a group.",
        Retry.AFTER_CHANGE,
        _RBAC,
    ),
    ErrorCode(
        "PrincipalNotFound",
        Meaning.PRINCIPAL,
        "the directory does not know the principal",
        "Check the object id; an application (client) id does not work here. If the principal is new, try again in a "
        "few minutes.",
        Retry.LATER,
        f"{_RECORDED_2}azure_role_assignment_errors_400_409.json",
    ),
    ErrorCode(
        "InvalidPrincipalId",
        Meaning.PRINCIPAL,
        "Synapse does not know the principal",
        "Check the object id; an application (client) id does not work here. If the principal is new, try again in a "
        "few minutes.",
        Retry.LATER,
        "quoted: github.com/hashicorp/terraform-provider-azurerm/issues/12628",
    ),
    # Locks
    ErrorCode(
        "ScopeLocked",
        Meaning.LOCKED,
        LOCKED,
        f"{REMOVED_BY}; {NO_WAITING}.",
        Retry.AFTER_CHANGE,
        f"{_RECORDED_2}arm_scope_locked_409.json",
        example="The scope '/subscriptions/s/resourceGroups/rg-ml' cannot perform delete operation because following "
        "scope(s) are locked: '/subscriptions/s/resourceGroups/rg-ml'. Please remove the lock and try again.",
    ),
    # Policies
    ErrorCode(
        "RequestDisallowedByPolicy",
        Meaning.MFA,
        "Azure requires multi-factor authentication for this",
        _MFA_REMEDY,
        Retry.AFTER_SIGN_IN,
        _MFA_QUOTED,
        pattern=_MFA_WORDS,
        example="Users must authenticate with multi-factor authentication to create or update resources.",
    ),
    ErrorCode(
        "RequestDisallowedByPolicy",
        Meaning.POLICY,
        "{policy} does not allow it",
        "Change the request so that it follows the policy, or ask whoever manages the policy for an exemption.",
        Retry.AFTER_CHANGE,
        _MFA_QUOTED,
    ),
    ErrorCode(
        "RequestDisallowedByAzure",
        Meaning.MFA,
        "Azure requires multi-factor authentication for this",
        _MFA_REMEDY,
        Retry.AFTER_SIGN_IN,
        "documentation: learn.microsoft.com/entra/identity/authentication/concept-mandatory-multifactor-authentication",
        pattern=_MFA_WORDS,
        example="Resource 'etl' was disallowed by Azure: Users must authenticate with multi-factor authentication to "
        "create or update resources.",
    ),
    ErrorCode(
        "RequestDisallowedByAzure",
        Meaning.POLICY,
        "a policy of Azure itself does not allow it",
        "Change what Azure names, such as the region, or ask Microsoft's support.",
        Retry.AFTER_CHANGE,
        f"{_LEARN}azure-resource-manager/troubleshooting/error-region-access-policy",
    ),
    # Subscriptions and resource providers
    ErrorCode(
        "SubscriptionNotFound",
        Meaning.NOT_FOUND,
        "the subscription does not exist, or you have no access to it",
        "Check the subscription's id, and that you are signed in to its tenant.",
        Retry.AFTER_CHANGE,
        _COMMON,
    ),
    ErrorCode(
        "InvalidSubscriptionId",
        Meaning.INVALID,
        "the subscription's id is not valid",
        "Check the subscription's id.",
        Retry.AFTER_CHANGE,
        _DEPLOYMENT,
    ),
    ErrorCode(
        "ReadOnlyDisabledSubscription",
        Meaning.SUBSCRIPTION,
        "the subscription is disabled, so nothing in it can be changed",
        "Have the subscription's billing owner enable it again (Azure portal, Subscriptions).",
        Retry.AFTER_CHANGE,
        f"{_LEARN}cost-management-billing/manage/subscription-disabled",
    ),
    ErrorCode(
        "SubscriptionDisabled",
        Meaning.SUBSCRIPTION,
        "the subscription is disabled",
        "Have the subscription's billing owner enable it again (Azure portal, Subscriptions).",
        Retry.AFTER_CHANGE,
        _COMMON,
    ),
    ErrorCode(
        "SubscriptionStateForbidden",
        Meaning.SUBSCRIPTION,
        "the subscription's state does not allow it",
        "Have the subscription's owner check its state (Azure portal, Subscriptions).",
        Retry.AFTER_CHANGE,
        _COMMON,
    ),
    ErrorCode(
        "MissingSubscriptionRegistration",
        Meaning.UNREGISTERED,
        "the subscription is not registered for this service",
        "Have an owner of the subscription register its resource provider, then try again.",
        Retry.AFTER_CHANGE,
        _ARM_ERRORS,
        example="The subscription is not registered to use namespace 'Microsoft.Synapse'.",
    ),
    ErrorCode(
        "SubscriptionNotRegistered",
        Meaning.UNREGISTERED,
        "the subscription is not registered for this service",
        "Have an owner of the subscription register its resource provider, then try again.",
        Retry.AFTER_CHANGE,
        _PROVIDERS,
        example="The subscription is not registered to use namespace 'Microsoft.Synapse'.",
    ),
    ErrorCode(
        "MissingRegistrationForLocation",
        Meaning.UNREGISTERED,
        "the subscription is not registered for this service in this region",
        "Have an owner of the subscription register its resource provider for the region, then try again.",
        Retry.AFTER_CHANGE,
        _PROVIDERS,
    ),
    ErrorCode(
        "NoRegisteredProviderFound",
        Meaning.INVALID,
        "this region does not offer the resource type in this API version",
        "Choose a region that Azure names, or have an owner of the subscription register the resource provider.",
        Retry.AFTER_CHANGE,
        _PROVIDERS,
    ),
    # What does not exist
    ErrorCode(
        "ResourceGroupNotFound",
        Meaning.NOT_FOUND,
        "its resource group does not exist",
        _CHECK_NAME,
        Retry.AFTER_CHANGE,
        _DEPLOYMENT,
    ),
    ErrorCode(
        "ResourceGroupBeingDeleted",
        Meaning.CONFLICT,
        "its resource group is being deleted",
        "Choose another resource group, or wait until the deletion has finished and create it again.",
        Retry.AFTER_CHANGE,
        "documentation: learn.microsoft.com/rest/api/resources/resource-groups/delete",
    ),
    ErrorCode(
        "ResourceNotFound",
        Meaning.NOT_FOUND,
        "it does not exist",
        _CHECK_NAME,
        Retry.AFTER_CHANGE,
        f"{_RECORDED}synapse_spark_pool_create_get_list_update_delete.json",
    ),
    ErrorCode(
        "ParentResourceNotFound",
        Meaning.NOT_FOUND,
        "what it belongs to does not exist",
        "Check the name of the workspace, the resource group and the subscription.",
        Retry.AFTER_CHANGE,
        f"{_LEARN}azure-resource-manager/troubleshooting/error-parent-resource",
    ),
    ErrorCode(
        "NotFound",
        Meaning.NOT_FOUND,
        "Azure cannot find it",
        _CHECK_NAME,
        Retry.AFTER_CHANGE,
        _AML_JOBS,
        is_general=True,
    ),
    ErrorCode(
        "NotFoundError",
        Meaning.NOT_FOUND,
        "Azure cannot find it",
        _CHECK_NAME,
        Retry.AFTER_CHANGE,
        _AML_ERRORS,
        is_general=True,
    ),
    ErrorCode(
        "UserAssignedIdentityNotFound",
        Meaning.NOT_FOUND,
        "Azure cannot find the user-assigned identity",
        "Check that the identity exists, and that it is assigned where Azure says that it is missing.",
        Retry.AFTER_CHANGE,
        f"{_RECORDED_2}aml_spark_job_put_refused_2022.json",
        service=Service.MACHINE_LEARNING,
    ),
    ErrorCode(
        "JobNotFound",
        Meaning.NOT_FOUND,
        "the job does not exist",
        "Check the job's name and the Azure ML workspace.",
        Retry.AFTER_CHANGE,
        f"{_RECORDED_2}aml_job_cancel_and_not_found.json",
        service=Service.MACHINE_LEARNING,
    ),
    ErrorCode(
        "BlobNotFound",
        Meaning.NOT_FOUND,
        "the file does not exist in the storage account",
        "Check the path of the file.",
        Retry.AFTER_CHANGE,
        f"{_RECORDED_2}aml_code_pending_upload_and_spark_pipeline_2023.json",
    ),
    ErrorCode(
        "IpFirewallRuleNotFound",
        Meaning.NOT_FOUND,
        "the firewall rule does not exist",
        "Check the name of the rule and of the Synapse workspace.",
        Retry.AFTER_CHANGE,
        f"{_RECORDED_2}synapse_firewall_rules.json",
    ),
    ErrorCode(
        "LibraryDoesNotExistInWorkspace",
        Meaning.NOT_FOUND,
        "the workspace package does not exist",
        "Check the name of the package and of the Synapse workspace.",
        Retry.AFTER_CHANGE,
        f"{_RECORDED_2}synapse_workspace_packages_upload_list_delete.json",
        service=Service.SYNAPSE,
    ),
    # What is in use, already exists, or has changed
    ErrorCode(
        "AnotherOperationInProgress",
        Meaning.BUSY,
        "another operation is in progress on it",
        _WAIT_BUSY,
        Retry.LATER,
        f"{_LEARN}azure-resource-manager/troubleshooting/error-another-operation-in-progress",
    ),
    ErrorCode(
        "RetryableErrorDueToAnotherOperation",
        Meaning.BUSY,
        "another operation is in progress on it",
        _WAIT_BUSY,
        Retry.LATER,
        _ARM_ERRORS,
    ),
    ErrorCode(
        "RetryableError",
        Meaning.SERVICE,
        "Azure says that it can be tried again",
        "Try again.",
        Retry.LATER,
        _ARM_ERRORS,
        is_general=True,
    ),
    ErrorCode(
        "DeploymentActive",
        Meaning.BUSY,
        "a deployment of the same name is in progress",
        "Wait until that deployment has finished, then try again.",
        Retry.LATER,
        _DEPLOYMENT,
    ),
    ErrorCode(
        "Conflict", Meaning.CONFLICT, "Azure reports a conflict", _SUPPORT, Retry.UNKNOWN, _DEPLOYMENT, is_general=True
    ),
    ErrorCode(
        "OperationNotAllowed",
        Meaning.QUOTA,
        "it would exceed a quota",
        _ASK_QUOTA,
        Retry.AFTER_CHANGE,
        _QUOTA,
        pattern=_QUOTA_WORDS,
        example="Operation results in exceeding quota limits of Core. Maximum allowed: 4, Current in use: 4, "
        "Additional requested: 2.",
    ),
    ErrorCode(
        "OperationNotAllowed",
        Meaning.CONFLICT,
        "Azure does not allow this operation",
        _SUPPORT,
        Retry.UNKNOWN,
        _DEPLOYMENT,
        is_general=True,
    ),
    ErrorCode(
        "CannotDeleteResource",
        Meaning.CONFLICT,
        "other resources still depend on it",
        "Delete what depends on it first.",
        Retry.AFTER_CHANGE,
        _ARM_ERRORS,
    ),
    ErrorCode(
        "InvalidResourceLocation",
        Meaning.EXISTS,
        "a resource of this name exists in another region",
        "Choose another name, or the region of the existing resource.",
        Retry.AFTER_CHANGE,
        _DEPLOYMENT,
    ),
    ErrorCode(
        "PreconditionFailed",
        Meaning.CHANGED,
        "it has changed in the meantime",
        "Refresh, check its current state, and try again if you still want to.",
        Retry.AFTER_CHANGE,
        "documentation: learn.microsoft.com/rest/api/storageservices/common-rest-api-error-codes",
        statuses=(412,),
    ),
    ErrorCode(
        "ConditionNotMet",
        Meaning.CHANGED,
        "it has changed in the meantime",
        "Refresh, check its current state, and try again if you still want to.",
        Retry.AFTER_CHANGE,
        "documentation: learn.microsoft.com/rest/api/storageservices/common-rest-api-error-codes",
        statuses=(412,),
    ),
    # What is wrong with the request
    ErrorCode(
        "BadRequest",
        Meaning.INVALID,
        "Azure refused it",
        _CHANGE,
        Retry.AFTER_CHANGE,
        f"{_RECORDED_2}resource_graph_query_paging_errors.json",
        is_general=True,
    ),
    ErrorCode(
        "UserError", Meaning.UNSPECIFIC, "Azure refused it", _CHANGE, Retry.UNKNOWN, _AML_ERRORS, is_general=True
    ),
    ErrorCode(
        "BadArgument", Meaning.INVALID, "Azure refused it", _CHANGE, Retry.AFTER_CHANGE, _AML_ERRORS, is_general=True
    ),
    ErrorCode(
        "ArgumentInvalid",
        Meaning.INVALID,
        "Azure refused it",
        _CHANGE,
        Retry.AFTER_CHANGE,
        _AML_ERRORS,
        is_general=True,
    ),
    ErrorCode(
        "UpdateComponentFailed",
        Meaning.INVALID,
        "it cannot be changed like this",
        _CHANGE,
        Retry.AFTER_CHANGE,
        _AML_ERRORS,
    ),
    ErrorCode("InvalidPipelineJob", Meaning.INVALID, "the job is not valid", _CHANGE, Retry.AFTER_CHANGE, _AML_JOBS),
    ErrorCode(
        "InvalidExpressionInJob",
        Meaning.INVALID,
        "an expression in the job is not valid",
        _CHANGE,
        Retry.AFTER_CHANGE,
        _AML_JOBS,
    ),
    ErrorCode(
        "InvalidComponentJobInput",
        Meaning.INVALID,
        "an input of the job is not valid",
        _CHANGE,
        Retry.AFTER_CHANGE,
        _AML_JOBS,
    ),
    ErrorCode(
        "CancelPipelineRunInTerminalStatus",
        Meaning.CONFLICT,
        "the job has already ended",
        "Nothing is left to cancel.",
        Retry.NO,
        f"{_RECORDED_2}aml_job_cancel_and_not_found.json",
    ),
    ErrorCode(
        "InvalidQuery",
        Meaning.INVALID,
        "the query is not valid",
        _CHANGE,
        Retry.AFTER_CHANGE,
        f"{_RECORDED_2}resource_graph_query_paging_errors.json",
    ),
    ErrorCode(
        "ParserFailure",
        Meaning.INVALID,
        "the query cannot be parsed",
        _CHANGE,
        Retry.AFTER_CHANGE,
        f"{_RECORDED_2}resource_graph_query_paging_errors.json",
    ),
    ErrorCode(
        "InvalidRequestContent",
        Meaning.INVALID,
        "Azure cannot read the request",
        _CHANGE,
        Retry.AFTER_CHANGE,
        _DEPLOYMENT,
    ),
    ErrorCode(
        "InvalidRequestFormat",
        Meaning.INVALID,
        "Azure cannot read the request",
        _CHANGE,
        Retry.AFTER_CHANGE,
        _DEPLOYMENT,
    ),
    ErrorCode("InvalidParameter", Meaning.INVALID, "a value is not valid", _CHANGE, Retry.AFTER_CHANGE, _DEPLOYMENT),
    ErrorCode(
        "ReservedResourceName",
        Meaning.INVALID,
        "the name is reserved",
        "Choose another name.",
        Retry.AFTER_CHANGE,
        f"{_LEARN}azure-resource-manager/troubleshooting/error-reserved-resource-name",
    ),
    ErrorCode(
        "InvalidResourceNamespace",
        Meaning.INVALID,
        "Azure does not know the resource provider",
        _CHANGE,
        Retry.AFTER_CHANGE,
        _DEPLOYMENT,
    ),
    ErrorCode(
        "InvalidResourceReference",
        Meaning.INVALID,
        "it refers to a resource that does not exist or cannot be used",
        _CHANGE,
        Retry.AFTER_CHANGE,
        _DEPLOYMENT,
    ),
    ErrorCode(
        "LinkedInvalidPropertyId",
        Meaning.INVALID,
        "a resource id in it is not valid",
        "Fix the resource id that Azure names, then try again.",
        Retry.AFTER_CHANGE,
        _DEPLOYMENT,
    ),
    ErrorCode(
        "LocationNotAvailableForResourceType",
        Meaning.INVALID,
        "this region does not offer the resource type",
        "Choose a region that Azure names.",
        Retry.AFTER_CHANGE,
        _DEPLOYMENT,
    ),
    ErrorCode(
        "PropertyChangeNotAllowed",
        Meaning.INVALID,
        "a value cannot be changed after creation",
        "Leave the value as it is, or create the resource again.",
        Retry.AFTER_CHANGE,
        _DEPLOYMENT,
    ),
    ErrorCode(
        "InvalidTemplateDeployment",
        Meaning.UNSPECIFIC,
        "Azure refused it",
        _CHANGE,
        Retry.UNKNOWN,
        f"{_LEARN}azure-resource-manager/troubleshooting/error-invalid-template",
        is_general=True,
    ),
    ErrorCode(
        "DeploymentFailed", Meaning.UNSPECIFIC, "Azure refused it", _CHANGE, Retry.UNKNOWN, _DEPLOYMENT, is_general=True
    ),
    ErrorCode(
        "ResourceDeploymentFailure",
        Meaning.UNSPECIFIC,
        "Azure refused it",
        _CHANGE,
        Retry.UNKNOWN,
        _DEPLOYMENT,
        is_general=True,
    ),
    ErrorCode(
        "ResourceOperationFailure",
        Meaning.UNSPECIFIC,
        "Azure refused it",
        _CHANGE,
        Retry.UNKNOWN,
        _DEPLOYMENT,
        is_general=True,
    ),
    # Quota and capacity
    ErrorCode(
        "QuotaExceeded",
        Meaning.THROTTLED,
        "Azure has received too many requests",
        _WAIT,
        Retry.LATER,
        _AML_429,
        statuses=(429,),
    ),
    ErrorCode("QuotaExceeded", Meaning.QUOTA, "it would exceed a quota", _ASK_QUOTA, Retry.AFTER_CHANGE, _QUOTA),
    ErrorCode(
        "ResourceQuotaExceeded", Meaning.QUOTA, "it would exceed a quota", _ASK_QUOTA, Retry.AFTER_CHANGE, _QUOTA
    ),
    ErrorCode(
        "SubscriptionIsOverQuotaForSku",
        Meaning.QUOTA,
        "the subscription's quota for this size is used up",
        _ASK_QUOTA,
        Retry.AFTER_CHANGE,
        _QUOTA,
    ),
    ErrorCode(
        "SkuNotAvailable", Meaning.CAPACITY, "this size is not available here", _OTHER_SIZE, Retry.AFTER_CHANGE, _SKU
    ),
    ErrorCode(
        "AllocationFailed",
        Meaning.CAPACITY,
        "Azure has no capacity for it at the moment",
        _OTHER_SIZE,
        Retry.LATER,
        f"{_LEARN}virtual-machines/allocation-failure",
    ),
    ErrorCode(
        "ZonalAllocationFailed",
        Meaning.CAPACITY,
        "Azure has no capacity for it in this zone at the moment",
        _OTHER_SIZE,
        Retry.LATER,
        f"{_LEARN}virtual-machines/allocation-failure",
    ),
    ErrorCode(
        "MAXIMUM_WORKSPACE_CAPACITY_EXCEEDED",
        Meaning.QUOTA,
        "the Synapse workspace has too few vCores left",
        "Ask for fewer vCores, stop Spark sessions and jobs that are not needed, or ask for a larger vCore quota.",
        Retry.AFTER_CHANGE,
        _LIVY,
    ),
    ErrorCode(
        "InvalidHttpRequestToLivy",
        Meaning.QUOTA,
        "the Synapse workspace has too few vCores",
        "Ask for fewer vCores, or for a larger vCore quota.",
        Retry.AFTER_CHANGE,
        _LIVY,
        pattern=_QUOTA_WORDS,
        example="Your Spark job requested 12 vcores. However, the workspace has a 0 core limit.",
    ),
    ErrorCode(
        "",
        Meaning.QUOTA,
        "the Synapse workspace has too few vCores",
        "Ask for fewer vCores, or for a larger vCore quota.",
        Retry.AFTER_CHANGE,
        _LIVY,
        pattern=r"requested \d+ vcores.*(?:core limit|vcores available)",
        example="Your Spark job requested 12 vcores. However, the workspace has a 0 core limit. Try reducing the "
        "numbers of vcores requested or increasing your vcore quota.",
    ),
    ErrorCode(
        "",
        Meaning.QUOTA,
        "the Spark pool is too small for it",
        "Ask for fewer vCores or nodes, or enlarge the Spark pool.",
        Retry.AFTER_CHANGE,
        _LIVY,
        pattern=r"compute has a capacity of",
        example="Job was submitted with resources=[24] when the compute has a capacity of=[12]",
    ),
    ErrorCode(
        "",
        Meaning.CONFLICT,
        "the Spark session is not running",
        "Start a new session, or wait until this one is ready.",
        Retry.UNKNOWN,
        _LIVY,
        pattern=r"^session \d+ of workspace .* is not running",
        example="Session 2 of workspace syn on pool etl is not running. It is either completed or not fully yet ready.",
    ),
    # Refusals whose code is unknown or too general, but whose words say more
    ErrorCode(
        "",
        Meaning.MFA,
        "Azure requires multi-factor authentication for this",
        _MFA_REMEDY,
        Retry.AFTER_SIGN_IN,
        _MFA_QUOTED,
        statuses=(401, 403),
        pattern=_MFA_WORDS,
        example="Users must use MFA for Create/Update operations.",
    ),
    ErrorCode(
        "",
        Meaning.LOCKED,
        LOCKED,
        f"{REMOVED_BY}; {NO_WAITING}.",
        Retry.AFTER_CHANGE,
        _MFA_QUOTED,
        pattern=r"scope\(s\) are locked",
        example="The scope '/subscriptions/s/resourceGroups/rg-ml/providers/Microsoft.X/y/z' cannot perform write "
        "operation because following scope(s) are locked: '/subscriptions/s/resourceGroups/rg-ml'. Please remove the "
        "lock and try again",
    ),
    ErrorCode(
        "",
        Meaning.RIGHT_MISSING,
        "you are not allowed to",
        "Ask an owner of the resource for access.",
        Retry.AFTER_CHANGE,
        _ARM_ERRORS,
        statuses=(401, 403),
        pattern=_RIGHT_WORDS,
        example="The client 'a' does not have authorization to perform action 'Microsoft.X/y/read' over scope '/s'.",
    ),
    ErrorCode(
        "",
        Meaning.BUSY,
        "another operation is in progress on it",
        _WAIT_BUSY,
        Retry.LATER,
        _ARM_ERRORS,
        statuses=(409, 423),
        pattern=_BUSY_WORDS,
        example="An operation is already in progress.",
    ),
    # Throttling
    ErrorCode(
        "TooManyRequests", Meaning.THROTTLED, "Azure has received too many requests", _WAIT, Retry.LATER, _LIMITS
    ),
    ErrorCode(
        "SubscriptionRequestsThrottled",
        Meaning.THROTTLED,
        "Azure has received too many requests for this subscription",
        _WAIT,
        Retry.LATER,
        _ARM_ERRORS,
    ),
    ErrorCode(
        "ResourceRequestsThrottled",
        Meaning.THROTTLED,
        "Azure has received too many requests of this kind",
        _WAIT,
        Retry.LATER,
        _ARM_ERRORS,
    ),
    ErrorCode(
        "ResourceCollectionRequestsThrottled",
        Meaning.THROTTLED,
        "Azure has received too many requests of this kind",
        _WAIT,
        Retry.LATER,
        _COMMON,
    ),
    ErrorCode(
        "RateLimiting",
        Meaning.THROTTLED,
        "Azure Resource Graph has had too many requests",
        _WAIT,
        Retry.LATER,
        f"{_LEARN}governance/resource-graph/concepts/guidance-for-throttled-requests",
    ),
    # Failures of the service
    ErrorCode(
        "InternalServerError",
        Meaning.SERVICE,
        "Azure reports an internal error",
        _TRY_AGAIN,
        Retry.LATER,
        _AML_ERRORS,
        is_general=True,
    ),
    ErrorCode(
        "InternalError",
        Meaning.SERVICE,
        "Azure reports an internal error",
        _TRY_AGAIN,
        Retry.LATER,
        _COMMON,
        is_general=True,
    ),
    ErrorCode(
        "ServiceError",
        Meaning.SERVICE,
        "Azure reports an internal error",
        _TRY_AGAIN,
        Retry.LATER,
        _AML_ERRORS,
        is_general=True,
    ),
    ErrorCode(
        "SystemError",
        Meaning.SERVICE,
        "Azure reports an internal error",
        _TRY_AGAIN,
        Retry.LATER,
        _AML_JOBS,
        is_general=True,
    ),
    ErrorCode(
        "UnknownError",
        Meaning.UNSPECIFIC,
        "Azure refused it",
        _SUPPORT,
        Retry.UNKNOWN,
        f"{_RECORDED_2}synapse_managed_private_endpoints.json",
        is_general=True,
    ),
    ErrorCode(
        "ServiceUnavailable",
        Meaning.SERVICE,
        "the service is not available at the moment",
        _TRY_AGAIN,
        Retry.LATER,
        _AML_JOBS,
        is_general=True,
    ),
    ErrorCode(
        "ServerBusy",
        Meaning.SERVICE,
        "the service is busy",
        _TRY_AGAIN,
        Retry.LATER,
        "documentation: learn.microsoft.com/rest/api/storageservices/common-rest-api-error-codes",
    ),
    ErrorCode(
        "AuthorizationUnavailable",
        Meaning.SERVICE,
        "the service that checks permissions is not available at the moment",
        _TRY_AGAIN,
        Retry.LATER,
        _AML_JOBS,
    ),
    ErrorCode(
        "TransientError",
        Meaning.SERVICE,
        "a service behind it did not answer in time",
        _TRY_AGAIN,
        Retry.LATER,
        _AML_ERRORS,
    ),
    ErrorCode(
        "BadGatewayConnection",
        Meaning.SERVICE,
        "Azure cannot reach the service behind it",
        _TRY_AGAIN,
        Retry.LATER,
        _AML_JOBS,
    ),
    ErrorCode(
        "GatewayTimeout",
        Meaning.SERVICE,
        "the service behind it did not answer in time",
        _TRY_AGAIN,
        Retry.LATER,
        _DEPLOYMENT,
    ),
    # Synapse's network
    ErrorCode(
        "ClientIpAddressNotAuthorized",
        Meaning.NETWORK,
        "the firewall of the Synapse workspace does not let {address} in",
        "Have an owner of the Synapse workspace add a firewall rule for this address (Networking), or connect from an "
        "address that it allows. A new rule takes about a minute.",
        Retry.AFTER_CHANGE,
        _SYNAPSE_FIREWALL,
        example="Client Ip address : 192.0.2.7",
    ),
    ErrorCode(
        "PublicNetworkAccessDenied",
        Meaning.NETWORK,
        "the Synapse workspace does not allow public network access",
        "Connect from a network that reaches its private endpoint, or have an owner of the workspace enable public "
        "network access.",
        Retry.AFTER_CHANGE,
        _SYNAPSE_NETWORK,
    ),
    # Managed identities
    ErrorCode(
        "FailedIdentityOperation",
        Meaning.INVALID,
        "the identity could not be assigned",
        "Check that the identity exists and that you may assign it; if it was just created or deleted, try again in a "
        "few minutes.",
        Retry.UNKNOWN,
        _DEPLOYMENT,
    ),
    ErrorCode(
        "invalid_request",
        Meaning.APPLICATION,
        "this machine does not have the specified managed identity",
        "Check AZURE_CLIENT_ID, or assign the identity to this machine, then try again.",
        Retry.AFTER_CHANGE,
        _IMDS,
        pattern=r"identity not found|identity .{0,60}not .{0,20}assigned",
        example="Identity not found",
    ),
    # Sign-in, as Azure Resource Manager reports it
    ErrorCode(
        "insufficient_claims",
        Meaning.MFA,
        "Azure requires a stronger sign-in for this",
        "Sign in again, then send it again; what you entered is kept.",
        Retry.AFTER_SIGN_IN,
        "documentation: learn.microsoft.com/entra/identity-platform/claims-challenge",
    ),
    ErrorCode(
        "ExpiredAuthenticationToken",
        Meaning.SIGN_IN,
        "your sign-in has expired",
        _SIGN_IN,
        Retry.AFTER_SIGN_IN,
        _DEPLOYMENT,
    ),
    ErrorCode(
        "InvalidAuthenticationToken",
        Meaning.SIGN_IN,
        "Azure does not accept the sign-in",
        _SIGN_IN,
        Retry.AFTER_SIGN_IN,
        _DEPLOYMENT,
    ),
    ErrorCode(
        "invalid_token",
        Meaning.SIGN_IN,
        "Azure does not accept the sign-in",
        _SIGN_IN,
        Retry.AFTER_SIGN_IN,
        "documentation: RFC 6750, section 3.1",
        statuses=(401,),
    ),
    ErrorCode(
        "InvalidAuthenticationTokenAudience",
        Meaning.SIGN_IN,
        "the token is for another service or another cloud",
        "Check that the cloud is the one of the subscription (--cloud), then sign in again.",
        Retry.AFTER_SIGN_IN,
        _DEPLOYMENT,
    ),
    ErrorCode(
        "InvalidAuthenticationTokenTenant",
        Meaning.OTHER_TENANT,
        "you are signed in to another tenant than the subscription's",
        "Sign in to the tenant of the subscription, then try again.",
        Retry.AFTER_SIGN_IN,
        _DEPLOYMENT,
        example="The access token is from the wrong issuer 'https://sts.windows.net/11111111-2222-4333-8444-555555555555/'.",
    ),
    ErrorCode(
        "AuthenticationFailed",
        Meaning.SIGN_IN,
        "Azure does not accept the sign-in",
        _SIGN_IN,
        Retry.AFTER_SIGN_IN,
        _COMMON,
        statuses=(401, 403),
    ),
)

_UNKNOWN = "Azure's answer has no known code: only the HTTP status counts"

BY_STATUS: Mapping[int, ErrorCode] = MappingProxyType(
    {
        status: ErrorCode("", meaning, sentence, remedy, retry, _UNKNOWN, statuses=(status,))
        for status, meaning, sentence, remedy, retry in (
            (401, Meaning.UNSPECIFIC, "Azure refused it", _SUPPORT, Retry.UNKNOWN),
            (403, Meaning.UNSPECIFIC, "Azure refused it", _SUPPORT, Retry.UNKNOWN),
            (404, Meaning.NOT_FOUND, "Azure cannot find it", _CHECK_NAME, Retry.AFTER_CHANGE),
            (408, Meaning.SERVICE, "Azure waited too long for the request", _TRY_AGAIN, Retry.LATER),
            (409, Meaning.CONFLICT, "Azure reports a conflict", _SUPPORT, Retry.UNKNOWN),
            (410, Meaning.NOT_FOUND, "Azure says that it is gone", _CHECK_NAME, Retry.AFTER_CHANGE),
            (412, Meaning.CHANGED, "Azure reports that a condition of the request is not met", _SUPPORT, Retry.UNKNOWN),
            (423, Meaning.CONFLICT, "Azure says that it is locked", _SUPPORT, Retry.UNKNOWN),
            (429, Meaning.THROTTLED, "Azure has received too many requests", _WAIT, Retry.LATER),
        )
    }
)
"""What an unknown code means: no more than the status itself."""

SIGN_IN_REFUSED = ErrorCode(
    "", Meaning.SIGN_IN, "Azure does not accept the sign-in", _SIGN_IN, Retry.AFTER_SIGN_IN, _UNKNOWN, statuses=(401,)
)
"""What a refusal of the sign-in with an unknown code means."""

_REFUSED = ErrorCode("", Meaning.UNSPECIFIC, "Azure refused it", _CHANGE, Retry.UNKNOWN, _UNKNOWN)
_FAULT = ErrorCode("", Meaning.SERVICE, "Azure reports an internal error", _TRY_AGAIN, Retry.LATER, _UNKNOWN)


def by_status(status: int) -> ErrorCode:
    """The meaning of a refusal whose code is unknown, by its HTTP status."""
    return BY_STATUS.get(status, _FAULT if status >= 500 else _REFUSED)


def find(codes: Iterable[str], status: int = 0, service: Service | None = None, words: str = "") -> ErrorCode | None:
    """The most specific row for a refusal; None if neither a code nor the words are known.

    Args:
        codes: Azure's codes, outermost first: the inner ones say more.
        status: The HTTP status; 0 without one.
        service: The service that answered; None if unknown.
        words: Azure's words.
    """
    table = _by_code()
    rows = [
        row
        for code in (*reversed(tuple(codes)), "")
        for row in table.get(code.lower(), ())
        if row.applies(status, service, words)
    ]
    return next((row for row in rows if not row.is_general), rows[0] if rows else None)


def is_known(code: str) -> bool:
    """Whether the table has a code."""
    return bool(code) and code.lower() in _by_code()


@cache
def _by_code() -> Mapping[str, tuple[ErrorCode, ...]]:
    """The rows by code in lower case; of several, those with more conditions first."""
    found: dict[str, list[ErrorCode]] = {}
    for row in ROWS:
        found.setdefault(row.code.lower(), []).append(row)
    for rows in found.values():
        rows.sort(key=lambda row: (not row.pattern, row.service is None, not row.statuses))
    return MappingProxyType({code: tuple(rows) for code, rows in found.items()})

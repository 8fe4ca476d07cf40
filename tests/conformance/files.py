"""Which files of the second folder of recordings are replayed; all files of the first one are."""

from collections.abc import Mapping

REPLAYED = frozenset(
    {
        "arm_scope_locked_409.json",
        "azure_permissions.json",
        "azure_role_assignment_errors_400_409.json",
        "azure_role_assignments_create_get_list_update_delete.json",
        "azure_role_assignments_filtered_and_definitions_by_name.json",
        "managed_identity_create_and_get_2023.json",
        "management_locks_crud_and_lists.json",
        "synapse_firewall_rules.json",
        "synapse_managed_private_endpoints.json",
        "synapse_role_assignments_2020_12_01.json",
        "synapse_spark_pool_autoscale_autopause_tags_update_powershell.json",
        "synapse_spark_pools_list_autoscale_and_libraries_2020.json",
        "synapse_workspace_managed_virtual_network.json",
    }
)

_JOBS = "the jobs of Azure ML workspaces are not read or submitted"
_LIVY = "the sessions and batches of Spark pools are not read or started"

NOT_USED_YET: Mapping[str, str] = {
    "aml_code_pending_upload_and_spark_pipeline_2023.json": _JOBS,
    "aml_job_cancel_and_not_found.json": _JOBS,
    "aml_job_command_starting_queued_running_completed.json": _JOBS,
    "aml_job_failed_rundata_and_log_download.json": _JOBS,
    "aml_job_list_get_cancel_ended_powershell.json": _JOBS,
    "aml_job_submit_errors_4xx_5xx.json": _JOBS,
    "aml_materialization_jobs_list_with_next_link.json": _JOBS,
    "aml_run_history_details_running_completed.json": _JOBS,
    "aml_spark_job_definition_in_schedule_2023.json": _JOBS,
    "aml_spark_job_put_refused_2022.json": _JOBS,
    "livy_batch_states_to_success_2021_dotnet.json": _LIVY,
    "livy_batches_create_get_list_cancel_2021.json": _LIVY,
    "livy_session_statements_2025.json": _LIVY,
    "livy_sessions_list_errors_2020.json": _LIVY,
    "resource_graph_query_paging_errors.json": "Resource Graph is not asked",
    "synapse_monitoring_spark_applications.json": _LIVY,
    "synapse_workspace_packages_upload_list_delete.json": "the packages of a Synapse workspace are not read",
}
"""Each other file, and what it is about that the product and its sandbox do not do."""

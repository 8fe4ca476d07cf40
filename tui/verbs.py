"""The table of verbs: what `sparkpool VERB` does without a screen, its words, flags and examples.

The command line, every `--help` and the completions are generated from it. A new verb is a row here and a function in
`tui.headless`.
"""

from collections.abc import Mapping
from typing import NamedTuple

TABLE, JSON, JSON_LINES, TSV = "table", "json", "jsonl", "tsv"
FORMATS = (TABLE, JSON, JSON_LINES, TSV)
OUTPUT, FIELDS, RAW, LANGUAGE = "output", "fields", "raw", "language"
YES, PLAN_ONLY, UNLOCK, NO_WAIT, TIMEOUT = "yes", "plan_only", "unlock", "no_wait", "timeout"
ROLE, ASSIGNEE = "role", "assignee"
RESOURCE_ID = "attached_id"
IDENTITY, ASSIGNED, DESCRIPTION, TAG, REMOVED_TAG, ROLES = (
    *("new_identity", "user_assigned", "new_description", "tag", "removed_tag", "roles_after"),
)
PLAN_FILE, DETAILED = "plan_file", "detailed"
KEEP_ROLES, SHARED_ROLES, GRANT, ALL = "keep_roles", "shared_roles", "grant", "all"
"""Names in `FLAGS`."""
STANDARD_INPUT = "-"
"""The path that means standard input."""

STANDARD_OUTPUT = "-"
"""The path that means standard output."""

SENDING = (OUTPUT, YES, PLAN_ONLY, UNLOCK, NO_WAIT, TIMEOUT)
"""Flags of verbs that write which do not change their plan."""

SHELLS = ("bash", "zsh", "fish")


class Flag(NamedTuple):
    """A flag of some verbs; the flags of settings work with every verb.

    Attributes:
        name: Its name in the code.
        flags: Its spellings.
        help: What it does, to follow its spelling in `--help`.
        metavar: The name of its value in `--help`; empty if it takes none.
        choices: The values that it may have; empty for any.
        default: What holds without it, in words; empty for nothing to say.
        is_required: Whether a verb that has it needs it.
        is_number: Whether its value is a positive number.
        is_repeated: Whether it may stand several times; its value is a list then.
    """

    name: str
    flags: tuple[str, ...]
    help: str
    metavar: str = ""
    choices: tuple[str, ...] = ()
    default: str = ""
    is_required: bool = False
    is_number: bool = False
    is_repeated: bool = False


class Words(NamedTuple):
    """What stands behind a verb.

    Attributes:
        metavar: The name of each word in `--help`.
        help: What it is, as the end of a sentence.
        least: How many there are at least.
        most: How many there are at most; None for any number.
        choices: The values that it may have; empty for any.
        flags: Flags that give such a word too, as in `az ml`.
    """

    metavar: str
    help: str
    least: int = 1
    most: int | None = 1
    choices: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


class Example(NamedTuple):
    """A command line and what it is for; `command` is without `sparkpool`."""

    command: str
    what: str


class Verb(NamedTuple):
    """A command that needs no screen.

    Attributes:
        name: Its name on the command line.
        summary: What it does, as a sentence without a full stop.
        examples: What people type; `--help` begins with them.
        words: What may stand behind it; None for nothing.
        flags: The names of its own flags, in `FLAGS`.
        is_headless: Whether `tui.headless` runs it, on operations; others print text about the program itself.
        notes: What else `--help` says, one sentence each.
        fields: The fields of each item of its output, which `--fields` may name; empty if it has none.
        needs_file: What the flag `--file` names, which it works on; empty if it has nothing to do with that.
        instead_of_file: The name of the flag that replaces the file, together with the words; empty for none.
    """

    name: str
    summary: str
    examples: tuple[Example, ...]
    words: Words | None = None
    flags: tuple[str, ...] = ()
    is_headless: bool = True
    notes: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    needs_file: str = ""
    instead_of_file: str = ""


FLAG_OF_OUTPUT = ("-o", "--output")
"""The format of the output; for the verb `plan`, the file that it writes."""

FLAGS: Mapping[str, Flag] = {
    flag.name: flag
    for flag in (
        Flag(
            OUTPUT,
            FLAG_OF_OUTPUT,
            "the format of the output",
            metavar="FORMAT",
            choices=FORMATS,
            default="table on a terminal, else json",
        ),
        Flag(FIELDS, ("--fields",), "only these fields, separated by commas", metavar="NAME,NAME"),
        Flag(RAW, ("--raw",), "add what Azure sent, unchanged, as the field raw; not in a table"),
        Flag(
            LANGUAGE,
            ("--as",),
            "the language",
            metavar="LANGUAGE",
            choices=("yaml", "az", "python", "rest", "bicep", "terraform"),
            is_required=True,
        ),
        Flag(YES, ("-y", "--yes"), "send the plan; without it, nothing is sent"),
        Flag(PLAN_ONLY, ("--plan-only",), "show the plan and end"),
        Flag(
            UNLOCK,
            ("--unlock",),
            "the name of a locked workspace or identity that may be written",
            metavar="NAME",
            is_repeated=True,
        ),
        Flag(NO_WAIT, ("--no-wait",), "end as soon as Azure has accepted it, with status 8"),
        Flag(
            TIMEOUT,
            ("--timeout",),
            "end after this time, with status 8, while Azure goes on",
            metavar="SECONDS",
            is_number=True,
            default="wait for the end",
        ),
        Flag(KEEP_ROLES, ("--keep-roles",), "leave the Synapse role of the system-assigned identity"),
        Flag(
            SHARED_ROLES,
            ("--shared-roles",),
            "also remove the roles of user-assigned identities that no other attached pool needs",
        ),
        Flag(RESOURCE_ID, ("--resource-id",), "the resource id of the Spark pool to attach", metavar="ID"),
        Flag(
            IDENTITY,
            ("--identity",),
            "the new managed identity: None, SystemAssigned, UserAssigned, or both with a comma",
            metavar="TYPE",
        ),
        Flag(
            ASSIGNED,
            ("--user-assigned-identities",),
            "their resource ids, separated by commas; the first submits jobs by default",
            metavar="ID,ID",
            is_repeated=True,
        ),
        Flag(
            ROLES,
            ("--roles",),
            "what happens to the Synapse role when the identity changes",
            metavar="WHAT",
            choices=("follow", "clean-up", "stay"),
            default="follow",
        ),
        Flag(DESCRIPTION, ("--description",), "the new description; an empty one removes it", metavar="TEXT"),
        Flag(TAG, ("--tag",), "a tag to set", metavar="KEY=VALUE", is_repeated=True),
        Flag(REMOVED_TAG, ("--remove-tag",), "a tag to remove", metavar="KEY", is_repeated=True),
        Flag(ROLE, ("--role",), "the Synapse role", metavar="ROLE", default="Synapse Administrator"),
        Flag(ASSIGNEE, ("--assignee",), "the object id of a principal", metavar="ID"),
        Flag(GRANT, ("--grant",), "also grant Synapse Administrator on the Spark pool to the new identity"),
        Flag(ALL, ("--all",), "all interrupted operations"),
        Flag(
            PLAN_FILE,
            FLAG_OF_OUTPUT,
            "the file to write the plan to; - for standard output",
            metavar="FILE",
            default="only show it",
        ),
        Flag(DETAILED, ("--detailed-exitcode",), "end with status 5 if the plan would change something"),
        Flag("init", ("--init",), "write a settings file to edit"),
    )
}

_COMPUTE_FIELDS = (
    *("name", "type", "provisioning_state", "provisioning_errors", "spark_version", "node_count", "node_family"),
    *("node_size", "scale_settings", "auto_pause_settings", "identity", "resource_id", "description", "tags"),
    *("location", "created_on", "modified_on", "id", "resourceGroup", "unreadable"),
)
_NAME = ("--name", "-n")
_READS = (OUTPUT, FIELDS)
_POOL = "the name of an attached Spark pool"

PLANNED = ("attach", "update", "detach", "grant", "revoke")
"""The verbs that write by a plan."""

PLAN = "plan"

VERBS: Mapping[str, Verb] = {
    verb.name: verb
    for verb in (
        Verb(
            "list",
            "List the computes of the workspace, of every type",
            (
                Example("list", "as a table"),
                Example("list -o json", "as JSON, for jq and scripts"),
                Example("list -o tsv --fields name,provisioning_state", "two columns, for cut and awk"),
            ),
            flags=_READS,
            fields=_COMPUTE_FIELDS,
        ),
        Verb(
            "show",
            "Show one compute, with the fields of az ml compute show",
            (
                Example("show etl-prod", "every field"),
                Example("show etl-prod -o json --fields spark_version", "one of them"),
                Example("show etl-prod --raw -o json", "with what Azure sent"),
            ),
            Words("NAME", "the name of a compute", flags=_NAME),
            (*_READS, RAW),
            fields=(*_COMPUTE_FIELDS, RAW),
        ),
        Verb(
            "check",
            "Check whether jobs can run on attached Spark pools",
            (
                Example("check", "all attached Spark pools of the workspace"),
                Example("check etl-prod adhoc", "these two"),
                Example("check etl-prod || exit 1", "stop a script if it has a problem"),
            ),
            Words("NAME", f"{_POOL}; without any, all are checked", least=0, most=None, flags=_NAME),
            _READS,
            notes=("The exit status is 5 if a pool has a problem.",),
            fields=("name", "verdict", "summary", "checks", "id", "resource_id"),
        ),
        Verb(
            "roles",
            "List the Synapse roles that reach the Spark pool behind a compute",
            (
                Example("roles etl-prod", "who holds which role"),
                Example("roles etl-prod -o json --fields principal_id,role", "as JSON"),
            ),
            Words("NAME", _POOL, flags=_NAME),
            _READS,
            fields=(
                *("principal", "principal_id", "principal_type", "principal_kind", "role", "role_definition_id"),
                *("scope", "is_inherited", "is_own", "lets_jobs_run", "is_stray", "id"),
            ),
        ),
        Verb(
            "operations",
            "List the operations in the journal, of the screen too; nothing is read from Azure",
            (
                Example("operations", "as a table, the latest last"),
                Example("operations -o jsonl", "one line of JSON for each"),
            ),
            flags=_READS,
            fields=(
                *("id", "verb", "name", "state", "status", "began_on", "ended_on", "elapsed_seconds", "problem"),
                *("watched_by", "target"),
            ),
        ),
        Verb(
            "attach",
            "Attach a Spark pool, from a spec file of az ml compute attach or from flags",
            (
                Example("attach -f pool.yml --plan-only", "what would happen"),
                Example("attach -f pool.yml --grant --yes", "attach it with the role that its jobs need"),
                Example("attach -f - --yes < pool.yml", "from standard input"),
                Example("attach adhoc --resource-id $POOL_ID --identity SystemAssigned --yes", "without a file"),
            ),
            words=Words("NAME", "the name of the new compute, where there is no file", least=0, flags=_NAME),
            flags=(*SENDING, GRANT, RESOURCE_ID, IDENTITY, ASSIGNED, DESCRIPTION, TAG),
            notes=(
                "If the pool is attached under that name already, the compute is updated; if nothing would change, "
                "nothing is sent, and the status is 0.",
            ),
            needs_file="a spec file, or - for standard input",
            instead_of_file=RESOURCE_ID,
        ),
        Verb(
            "update",
            "Change the identity, tags or description of a compute, and nothing else of it",
            (
                Example("update etl-prod --tag team=data --remove-tag cost --yes", "tags"),
                Example("update markup-lab --identity SystemAssigned --plan-only", "what a new identity means"),
                Example('update etl-prod --description "Nightly ETL" --yes', "the description"),
            ),
            Words("NAME", _POOL, flags=_NAME),
            (*SENDING, IDENTITY, ASSIGNED, ROLES, DESCRIPTION, TAG, REMOVED_TAG),
            notes=("If nothing would change, nothing is sent, and the status is 0.",),
        ),
        Verb(
            "grant",
            "Grant a Synapse role on the Spark pool behind a compute",
            (
                Example("grant churn --plan-only", "to each of its identities that lacks a role for jobs"),
                Example("grant churn --yes", "the same, and follow it to its end"),
                Example("grant churn --assignee c0de7e4a-0000-4000-a000-0000000000a1 --yes", "to another principal"),
            ),
            Words("NAME", _POOL, flags=_NAME),
            (*SENDING, ROLE, ASSIGNEE),
        ),
        Verb(
            "revoke",
            "Remove a Synapse role that reaches the Spark pool behind a compute",
            (
                Example("revoke churn --assignee id-churn-a --plan-only", "what would stop working"),
                Example("revoke churn --assignee id-churn-a --yes", "remove it"),
            ),
            Words("NAME", _POOL, flags=_NAME),
            (*SENDING, ROLE, ASSIGNEE),
            notes=("--assignee is needed here: an object id, or the name that roles shows.",),
        ),
        Verb(
            "resume",
            "Resume interrupted operations and follow them to their end; no write is sent twice",
            (
                Example("resume 41", "one of them, by its id in the output of operations"),
                Example("resume --all", "all that were interrupted"),
                Example("resume --all -o jsonl", "each event as a line of JSON"),
            ),
            Words("ID", "the id of an operation", least=0, most=None),
            (OUTPUT, ALL, UNLOCK, NO_WAIT, TIMEOUT),
        ),
        Verb(
            "watch",
            "Follow an operation of another sparkpool to its end; nothing is sent",
            (
                Example("watch 41", "one of them, by its id in the output of operations"),
                Example("watch 41 --timeout 600", "for ten minutes at most"),
            ),
            Words("ID", "the id of an operation", most=None),
            (OUTPUT, TIMEOUT),
        ),
        Verb(
            "detach",
            "Detach Spark pools from the workspace; the pools stay",
            (
                Example("detach churn-old --plan-only", "what would happen"),
                Example("detach churn-old --yes", "detach it, and follow it to its end"),
                Example("detach scoring adhoc --yes -o jsonl", "two of them, each event as a line of JSON"),
            ),
            Words("NAME", _POOL, most=None, flags=_NAME),
            (*SENDING, KEEP_ROLES, SHARED_ROLES),
        ),
        Verb(
            PLAN,
            "Make the plan of a verb that writes, and send nothing",
            (
                Example("plan attach -f pool.yml -o pool.plan", "write it to a file, for apply"),
                Example("plan detach churn-old --detailed-exitcode", "status 5 if there is something to do"),
            ),
            Words("VERB", "the verb, with its own words and flags", most=None, choices=PLANNED),
            (PLAN_FILE, DETAILED),
            notes=("sparkpool plan VERB --help shows the flags of each.",),
        ),
        Verb(
            "apply",
            "Send a plan from a file if it is still exactly the same, and else nothing",
            (
                Example("apply pool.plan", "send it, and follow it to its end"),
                Example("apply pool.plan -o jsonl", "each event as a line of JSON"),
            ),
            Words("FILE", "a file that plan has written, or - for standard input"),
            (OUTPUT, UNLOCK, NO_WAIT, TIMEOUT),
            notes=(
                "The plan is made again first. If anything that it depends on has changed, nothing is sent, and the "
                "status is 9.",
            ),
        ),
        Verb(
            "export",
            "Print attached Spark pools in another tool's language",
            (
                Example("export etl-prod --as yaml > etl-prod.yml", "a spec file for az ml compute attach"),
                Example("export etl-prod adhoc --as terraform", "two of them in one text"),
            ),
            Words("NAME", _POOL, most=None, flags=_NAME),
            (LANGUAGE,),
        ),
        Verb(
            "drift",
            "Compare a folder of spec files with the attached Spark pools, and send nothing",
            (
                Example("drift -f pools/", "each file of the folder"),
                Example("drift -f pools/ -o json || exit 1", "as JSON, and stop a script if something differs"),
            ),
            flags=_READS,
            notes=(
                "The exit status is 5 if a file differs or its pool is not attached. Pools without a file are listed, "
                "and are not a difference. What a file does not set is not compared.",
            ),
            fields=("file", "name", "state", "changes", "faults"),
            needs_file="a folder of spec files, or one file",
        ),
        Verb(
            "doctor",
            "Check everything between this terminal and Azure",
            (Example("doctor", "what works and what does not, on one page"),),
            is_headless=False,
        ),
        Verb(
            "settings",
            "Show the settings and where each comes from",
            (
                Example("settings", "all settings"),
                Example("settings --init", "write a settings file to edit"),
            ),
            flags=("init",),
            is_headless=False,
        ),
        Verb(
            "help",
            "Print a page of the manual, or the list of pages",
            (
                Example("help", "the list of pages"),
                Example("help verbs", "the page about verbs"),
            ),
            Words("TOPIC", "a page of the manual", least=0),
            is_headless=False,
        ),
        Verb(
            "man",
            "Print the man page, with every verb, flag, variable and exit status",
            (
                Example("man | man -l -", "read it"),
                Example("man > ~/.local/share/man/man1/sparkpool.1", "keep it for man sparkpool"),
            ),
            is_headless=False,
        ),
        Verb(
            "completion",
            "Print the completions for a shell",
            (
                Example("completion bash > ~/.local/share/bash-completion/completions/sparkpool", "for bash"),
                Example('completion zsh > "${fpath[1]}/_sparkpool"', "for zsh"),
                Example("completion fish > ~/.config/fish/completions/sparkpool.fish", "for fish"),
            ),
            Words("SHELL", "the shell", choices=SHELLS),
            is_headless=False,
        ),
    )
}
"""Every verb by its name, in the order of `--help`."""


def planning(name: str) -> Verb:
    """The verb `plan` followed by one of `PLANNED`, with the words and flags of that."""
    verb = VERBS[name]
    shown = next(example for example in verb.examples if "--plan-only" in example.command)
    written = shown.command.replace("--plan-only", f"-o {verb.name}.plan")
    return verb._replace(
        name=f"{PLAN} {name}",
        summary=f"Make a plan, and send nothing: {verb.summary[0].lower()}{verb.summary[1:]}",
        examples=(
            Example(f"{PLAN} {written}", "write the plan to a file, for apply"),
            Example(f"{PLAN} {shown.command.replace('--plan-only', '--detailed-exitcode')}", "status 5 if it differs"),
        ),
        flags=(PLAN_FILE, DETAILED, *(flag for flag in verb.flags if flag not in SENDING)),
        notes=(),
    )


def verbs_with(flag: str) -> tuple[str, ...]:
    """The names of the verbs that have a flag, by its name in `FLAGS`."""
    return tuple(verb.name for verb in VERBS.values() if flag in verb.flags)

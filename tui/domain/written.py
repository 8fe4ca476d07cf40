"""What a write creates or changes."""

from tui.domain.compute import Compute
from tui.domain.identity import UserAssignedIdentity
from tui.domain.spark import SparkPool

Written = Compute | SparkPool | UserAssignedIdentity

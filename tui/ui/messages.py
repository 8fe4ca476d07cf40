"""Messages from the worker's thread to the application."""

from textual.message import Message

from tui.domain.operation import Operation


class OperationChanged(Message):
    """An operation has a new event."""

    def __init__(self, operation: Operation) -> None:
        super().__init__()
        self.operation = operation

    def can_replace(self, message: Message) -> bool:
        """Let newer progress replace older progress, but never an end."""
        return (
            isinstance(message, OperationChanged)
            and message.operation.id == self.operation.id
            and message.operation.end is None
        )


class JournalRead(Message):
    """The journal was read."""

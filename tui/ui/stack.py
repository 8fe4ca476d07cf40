"""Screens that close only themselves, whatever covers them."""

from typing import Generic, TypeVar

from textual import on
from textual.await_complete import AwaitComplete
from textual.compose import compose
from textual.events import ScreenResume
from textual.messages import Layout
from textual.screen import Screen

from tui.ui.containment import Contained
from tui.ui.internals import measure_again

T = TypeVar("T")


class OwnScreen(Contained, Screen[T], Generic[T]):
    """A screen that closes itself and no other, and reports failures of its handlers."""

    # As in a terminal of at least 24 lines, so that the first resize changes no style there.
    DEFAULT_CLASSES = "-high"

    _answer: tuple[T | None] | None = None
    _was_in_front = False

    async def _compose(self) -> None:
        """Make the widgets; Textual would end the program if that fails."""
        widgets = [*self._pending_children, *compose(self)]
        self._pending_children.clear()
        self._extend_compose(widgets)
        await self.mount_composed_widgets(widgets)

    async def _on_layout(self, message: Layout) -> None:
        """Let the widget be measured again."""
        measure_again(message.widget)

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Close this screen, at once or when the dialog over it has closed; Textual would close the dialog.

        Args:
            result: The answer to the caller.
        """
        if self.is_active and len(self.app.screen_stack) > 1:
            closing: AwaitComplete = super().dismiss(result)
            return closing
        if self in self.app.screen_stack[1:]:
            self._answer = (result,)
        return AwaitComplete()

    @on(ScreenResume)
    def _style_once(self, event: ScreenResume) -> None:
        # The widgets of a new screen have just been styled, and doing it again delays its first frame.
        event.refresh_styles = event.refresh_styles and self._was_in_front
        self._was_in_front = True

    def on_screen_resume(self) -> None:
        """Close now, if that was postponed."""
        if self._answer is not None:
            (result,), self._answer = self._answer, None

            def close() -> None:
                # The return value must not be awaited: a screen cannot await its own end.
                self.dismiss(result)

            self.call_next(close)

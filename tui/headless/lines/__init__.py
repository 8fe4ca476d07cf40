"""Line mode: the interactive flows as numbered questions and printed answers, for screen readers and plain lines.

Lines are only ever added: no colour, no cursor movement, nothing is erased.
"""

"""The attach wizard: its form, its steps, and the screen that leads through them."""

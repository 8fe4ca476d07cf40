"""The attach wizard: the form, its steps, and the screen that leads through them."""

"""An attached pool, or a plan, in the languages of other tools."""

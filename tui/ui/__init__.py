"""The one room that imports textual: app, screens, widgets and styles."""

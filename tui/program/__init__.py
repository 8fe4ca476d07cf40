"""Puts the program together: Azure or sandbox, operations, and the screen or what else was asked for."""

"""Scenarios and tests find the plugin through the installed package's entry point."""

"""The command `chaos`: this room alone knows typer."""

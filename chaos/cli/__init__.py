"""The command `chaos`: this room alone knows typer.

`program` is what is called; its commands are about `clusters`, stored `runs`, and `manifests`.
"""

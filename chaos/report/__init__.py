"""What a run leaves behind: files, pictures, a page. Knows histories and verdicts, no cluster."""

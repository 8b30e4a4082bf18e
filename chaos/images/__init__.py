"""Images that no registry is needed for: archives of this host's programs, or a user's own."""

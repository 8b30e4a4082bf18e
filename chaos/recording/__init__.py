"""Who sees: what is listed and watched is written down, and vouched for only if it was seen."""

"""How the admin writes dates and times; the pages write theirs in the reader's own way."""

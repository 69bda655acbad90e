"""Advice and what is asked of it as text, Markdown, HTML, JSON and pictures."""

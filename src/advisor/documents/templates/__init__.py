"""What documents are laid out with: markup and no words."""

from pathlib import Path

FOLDER = Path(__file__).parent

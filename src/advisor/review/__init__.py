"""All words for those who read and do not run code: on one page, and as a workbook that comes back."""

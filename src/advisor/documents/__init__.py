"""Documents on a case: what each says as values, decided by nothing but the advice, and writers that put them into files.

`memo`, `plan`, `agreement` and `packet` say what stands in a document; `markdown`, `html`, `word`, `pdf`, `spreadsheet` and
`calendar` write it. `making` brings the two together.
"""

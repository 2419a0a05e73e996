"""A tree of files is made, renamed, walked and read in parts."""

import os
import pathlib
import shutil

root = pathlib.Path("tree")
for folder, text in (("a", "1\n"), ("c", "2\n2\n")):
    (root / folder).mkdir(parents=True)
    (root / folder / "file.txt").write_text(text)
(root / "a" / "file.txt").rename(root / "a" / "one.txt")
(root / "c" / "file.txt").rename(root / "c" / "two.txt")
os.rename(root / "c", root / "b")
shutil.copytree(root / "a", root / "gone")
shutil.rmtree(root / "gone")

for folder, folders, files in os.walk(root):
    folders.sort()
    print(folder, folders, files)
with open(root / "b" / "two.txt", "rb") as file:
    file.seek(2)
    print(file.read(), file.tell())

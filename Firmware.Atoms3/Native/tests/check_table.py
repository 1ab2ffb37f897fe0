#!/usr/bin/env python3
"""Native method table of JamBox.Interop: esp32/jambox_interop.{h,cpp} out of Interop/*.cs.

    check_table.py            fails when the files are not what the sources ask for
    check_table.py --write    writes them

nanoCLR finds a native method by its index in this table and refuses an assembly whose checksum differs, so both must follow the
rules of nanoFramework's MetadataProcessor: types in metadata order (that of the .nfproj); of each type the virtual methods, then
those of instances, then the static ones; an entry for every method, NULL where it has IL. The checksum is a running CRC-32 (one bits
first, polynomial 0x04C11DB7, no final inversion) over the name of the assembly, of the class and of the method of every native
method, and over "NULL" for every other, in the same order; types without native methods are not part of it. Until the first native method has been
added the running value counts as 0, so that of the first one only the name of the method is in it.

This reads C# as far as these sources need, not C# in general; where it meets something else it says so.
"""
import pathlib
import re
import sys

NATIVE = pathlib.Path(__file__).resolve().parent.parent
INTEROP = NATIVE.parent / "Interop"
ASSEMBLY = "JamBox.Interop"
PROJECT = "jambox_interop"
TYPES = {"void": "VOID", "bool": "BOOLEAN", "byte": "U1", "int": "I4", "long": "I8", "string": "STRING"}

CRC_TABLE = []
for i in range(256):
    value = i << 24
    for _ in range(8):
        value = ((value << 1) ^ 0x04C11DB7 if value & 0x80000000 else value << 1) & 0xFFFFFFFF
    CRC_TABLE.append(value)


def crc32(text, crc):
    for byte in text.encode("ascii"):
        crc = (CRC_TABLE[(crc >> 24) ^ byte] ^ (crc << 8)) & 0xFFFFFFFF
    return crc


def type_name(name, enums):
    if name.endswith("[]"):
        return "SZARRAY_" + type_name(name[:-2], enums)
    if name in enums:
        return (ASSEMBLY + name).replace(".", "")
    if name not in TYPES:
        sys.exit(f"check_table: no name for the type {name}")
    return TYPES[name]


def read_sources():
    project = (INTEROP / "JamBox.Interop.nfproj").read_text()
    names = re.findall(r'<Compile Include="(\w+)\.cs" />', project)
    sources = {}
    for name in names:
        text = (INTEROP / f"{name}.cs").read_text()
        sources[name] = re.sub(r"//[^\n]*", "", text)
    return sources


def read_class(name, text, enums):
    """-> (instance fields, methods); a method is (identifier or None for IL, is_static)."""
    if re.search(r"\b(virtual|override|abstract|interface|struct|partial|delegate|event)\b|=>", text):
        sys.exit(f"check_table: {name}.cs has something that this script does not read")
    fields = re.findall(r"private readonly [\w\[\]]+ (_\w+)", text)
    native = "[MethodImpl(MethodImplOptions.InternalCall)]"
    methods = []
    pattern = re.compile(
        r"(?P<access>public|private) (?P<static>static )?extern (?P<type>[\w\[\]]+) (?P<name>\w+)\s*"
        r"(?:\((?P<parameters>[^)]*)\);|\{\s*" + re.escape(native) + r"\s*get;\s*\})"
        r"|public (?P<constructor>" + name + r")\("
    )
    for match in pattern.finditer(text):
        if match["constructor"]:
            methods.append((None, False))
            continue
        parameters = match["parameters"]
        method = match["name"] if parameters is not None else "get_" + match["name"]
        signature = [type_name(match["type"], enums)]
        signature += [type_name(p.split()[-2], enums) for p in parameters.split(",")] if parameters else []
        methods.append((method + ("___STATIC__" if match["static"] else "___") + "__".join(signature), bool(match["static"])))
    if text.count(native) != sum(1 for m, _ in methods if m):
        sys.exit(f"check_table: {name}.cs has native methods that this script does not read")
    return fields, [m for m in methods if not m[1]] + [m for m in methods if m[1]]


def generate():
    sources = read_sources()
    enums = [n for n, t in sources.items() if re.search(r"\benum " + n + r"\b", t)]
    crc = 0
    count = 0
    declarations = []
    table = []
    for name in enums:
        members = re.findall(r"^\s*(\w+) = (\d+),", sources[name], re.M)
        declarations.append("\n".join(["enum " + name, "{"] + [f"    {name}_{m} = {v}," for m, v in members] + ["};"]))
    for name in (n for n in sources if n not in enums):
        fields, methods = read_class(name, sources[name], enums)
        library = f"Library_{PROJECT}_{ASSEMBLY.replace('.', '_')}_{name}"
        lines = ["struct " + library, "{"]
        lines += [f"    static const int FIELD__{f} = {i + 1};" for i, f in enumerate(fields)] + ([""] if fields else [])
        lines += [f"    NANOCLR_NATIVE_DECLARE({m});" for m, _ in methods if m] + ["};"]
        declarations.append("\n".join(lines))
        for method, _ in methods:
            table.append(f"    {library}::{method}," if method else "    NULL,")
            if method:
                before = crc32(f"{ASSEMBLY.replace('.', '_')}_{name}", crc32(ASSEMBLY, crc)) if count else 0
                crc = crc32(method, before)
                count += 1
            elif count:
                crc = crc32("NULL", crc)
    version = re.search(r'AssemblyNativeVersion\("([\d.]+)"\)', (INTEROP / "Properties" / "AssemblyInfo.cs").read_text())[1]
    note = "// Written by Native/tests/check_table.py from Interop/*.cs: change those, then run it with --write.\n"
    header = (note + "#ifndef JAMBOX_INTEROP_H\n#define JAMBOX_INTEROP_H\n\n#include <nanoCLR_Interop.h>\n#include <nanoCLR_Runtime.h>\n\n"
              + "\n\n".join(declarations)
              + f"\n\nextern const CLR_RT_NativeAssemblyData g_CLR_AssemblyNative_{ASSEMBLY.replace('.', '_')};\n\n#endif\n")
    source = (note + '#include "jambox_interop.h"\n\n// clang-format off\n\nstatic const CLR_RT_MethodHandler method_lookup[] =\n{\n'
              + "\n".join(table)
              + f"\n}};\n\nconst CLR_RT_NativeAssemblyData g_CLR_AssemblyNative_{ASSEMBLY.replace('.', '_')} =\n{{\n"
              + f'    "{ASSEMBLY}",\n    0x{crc:08X},\n    method_lookup,\n    {{ {version.replace(".", ", ")} }}\n}};\n\n// clang-format on\n')
    return {"jambox_interop.h": header, "jambox_interop.cpp": source}, crc, count


def main():
    files, crc, count = generate()
    for name, text in files.items():
        path = NATIVE / "esp32" / name
        if "--write" in sys.argv[1:]:
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            sys.exit(f"check_table: esp32/{name} is not what Interop/*.cs asks for; run check_table.py --write")
    print(f"check_table: {count} native methods, checksum 0x{crc:08X}")


main()

#!/usr/bin/env python3
"""Start-up hooks of esp32/*.cpp: the stage that each must run in. Facts of ESP-IDF 5.5.4 (components/esp_system/system_init_fn.txt, startup.c).

In the CORE stage core 1 waits in RAM, so the cache may be turned off, which every erase and write of flash does. In the SECONDARY stage
both cores walk through the list of hooks, which lies in flash. The last hook of ESP-IDF's CORE stage has priority 170, flash is up at
130; the watchdog of the boot ends at SECONDARY 999. Constructors of C++ run between the two stages.
"""
import pathlib
import re
import sys

ESP32 = pathlib.Path(__file__).resolve().parent.parent / "esp32"
HOOK = re.compile(r"^ESP_SYSTEM_INIT_FN\((\w+), (\w+), BIT\((\d)\), (\d+)\)\n\{\n(.*?)^\}", re.M | re.S)
TOUCHES_FLASH = re.compile(r"\b(jb_boot_run|jb_boot_install|esp_partition_\w+|esp_flash_\w+)\s*\(")
LAST_CORE_HOOK = 170
BOOT_WATCHDOG_ENDS = 999


def problems(name, stage, core, priority, body):
    if core != 0:
        yield "must run on core 0"
    if TOUCHES_FLASH.search(body):
        if stage != "CORE":
            yield "writes flash, and core 1 runs from flash in that stage: CORE"
        elif priority <= LAST_CORE_HOOK:
            yield f"must come after ESP-IDF's own hooks: above {LAST_CORE_HOOK}"
        if "esp_rom_delay" in body:
            yield "waits for core 1, which the stage makes unnecessary"
    elif "jb_esp_start_watchdog" in body and (stage, priority > BOOT_WATCHDOG_ENDS) != ("SECONDARY", True):
        yield f"would be stopped with the watchdog of the boot: SECONDARY, above {BOOT_WATCHDOG_ENDS}"


def check(text, where):
    found = [f"{where}: {m[1]} {p}" for m in HOOK.finditer(text) for p in problems(m[1], m[2], int(m[3]), int(m[4]), m[5])]
    count = len(HOOK.findall(text))
    if count != text.count("ESP_SYSTEM_INIT_FN("):
        found.append(f"{where}: a hook that this script does not read")
    return count, found


def self_test():
    """Each rule must find its broken sample."""
    good = "ESP_SYSTEM_INIT_FN(a, CORE, BIT(0), 180)\n{\n    jb_boot_run(&flash);\n}\n"
    assert check(good, "sample") == (1, [])
    for old, new in (("CORE", "SECONDARY"), ("180", "130"), ("BIT(0)", "BIT(1)"), ("jb_boot_run", "esp_rom_delay_us(1);\n    jb_boot_run")):
        assert check(good.replace(old, new), "sample")[1], (old, new)
    watchdog = "ESP_SYSTEM_INIT_FN(b, SECONDARY, BIT(0), 1000)\n{\n    jb_esp_start_watchdog(1);\n}\n"
    assert check(watchdog, "sample") == (1, [])
    assert check(watchdog.replace("1000", "900"), "sample")[1]
    assert check("ESP_SYSTEM_INIT_FN(c, CORE, ALL, 1) {}", "sample")[1]


def main():
    self_test()
    results = [check(path.read_text(), path.name) for path in sorted(ESP32.glob("*.cpp"))]
    found = [line for _, lines in results for line in lines]
    if found:
        sys.exit("check_hooks: " + "\ncheck_hooks: ".join(found))
    print(f"check_hooks: {sum(count for count, _ in results)} start-up hooks, each in its stage")


main()

using System.Reflection;

[assembly: AssemblyTitle("JamBox.Interop")]
[assembly: AssemblyDescription(
    "Missing in nanoFramework on an ESP32-S3: Wi-Fi sniffer and scan, NVS, flash, boot record, watchdog, SHA-256, ECDSA")]
[assembly: AssemblyCompany("JamBox NB")]
[assembly: AssemblyProduct("JamBox NB")]
[assembly: AssemblyCopyright("MIT licence")]
[assembly: AssemblyVersion("1.0.0.0")]
[assembly: AssemblyFileVersion("1.0.0.0")]

// Goes up with every change of a native signature; nanoCLR refuses an assembly whose checksum it was not built with.
[assembly: AssemblyNativeVersion("1.2.0.0")]

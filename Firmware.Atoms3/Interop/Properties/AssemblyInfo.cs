using System.Reflection;

[assembly: AssemblyTitle("JamBox.Interop")]
[assembly: AssemblyDescription("What nanoFramework lacks on an ESP32-S3: promiscuous Wi-Fi, NVS, raw flash, boot record, watchdog, SHA-256, ECDSA")]
[assembly: AssemblyCompany("JamBox NB")]
[assembly: AssemblyProduct("JamBox NB")]
[assembly: AssemblyCopyright("MIT licence")]
[assembly: AssemblyVersion("1.0.0.0")]
[assembly: AssemblyFileVersion("1.0.0.0")]

// Goes up with every change of a native signature; nanoCLR refuses an assembly whose checksum it was not built with.
[assembly: AssemblyNativeVersion("1.1.0.0")]

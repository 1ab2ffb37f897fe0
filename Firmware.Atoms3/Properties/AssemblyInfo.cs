using System.Reflection;

[assembly: AssemblyTitle("Firmware.Atoms3")]
[assembly: AssemblyDescription("JamBox NB on an M5Stack AtomS3 Lite: adapters and wiring")]
[assembly: AssemblyCompany("JamBox NB")]
[assembly: AssemblyProduct("JamBox NB")]
[assembly: AssemblyCopyright("MIT licence")]
[assembly: AssemblyVersion("6.0.0.0")]
[assembly: AssemblyFileVersion("6.0.0.0")]

using System.Reflection;

[assembly: AssemblyTitle("Thing.Esp32")]
[assembly: AssemblyDescription("A thing on an ESP32: adapters and wiring")]
[assembly: AssemblyCompany("JamBox NB")]
[assembly: AssemblyProduct("JamBox NB")]
[assembly: AssemblyCopyright("MIT licence")]
[assembly: AssemblyVersion("1.0.0.0")]
[assembly: AssemblyFileVersion("1.0.0.0")]

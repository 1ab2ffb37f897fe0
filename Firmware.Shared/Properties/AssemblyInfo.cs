using System.Reflection;

[assembly: AssemblyTitle("Firmware.Shared")]
[assembly: AssemblyDescription("Counting, readings, modem and uplink of a JamBox NB, with no hardware type in sight")]
[assembly: AssemblyCompany("JamBox NB")]
[assembly: AssemblyProduct("JamBox NB")]
[assembly: AssemblyCopyright("MIT licence")]
[assembly: AssemblyVersion("6.0.0.0")]
[assembly: AssemblyFileVersion("6.0.0.0")]

using System.Reflection;

[assembly: AssemblyTitle("Firmware.App")]
[assembly: AssemblyDescription("Updates and the box as a whole, on top of Firmware.Shared")]
[assembly: AssemblyCompany("JamBox NB")]
[assembly: AssemblyProduct("JamBox NB")]
[assembly: AssemblyCopyright("MIT licence")]
[assembly: AssemblyVersion("6.0.0.0")]
[assembly: AssemblyFileVersion("6.0.0.0")]

using System.Reflection;

[assembly: AssemblyTitle("Firmware.Tests")]
[assembly: AssemblyDescription("Tests of Firmware.Shared and Firmware.App for the device, nanoCLR and the PC")]
[assembly: AssemblyCompany("JamBox NB")]
[assembly: AssemblyProduct("JamBox NB")]
[assembly: AssemblyCopyright("MIT licence")]
[assembly: AssemblyVersion("6.0.0.0")]
[assembly: AssemblyFileVersion("6.0.0.0")]

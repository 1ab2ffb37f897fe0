using System.Reflection;

[assembly: AssemblyTitle("Thing.Esp32.Tests")]
[assembly: AssemblyDescription("Tests of Thing.Core for the device, nanoCLR and the PC")]
[assembly: AssemblyCompany("JamBox NB")]
[assembly: AssemblyProduct("JamBox NB")]
[assembly: AssemblyCopyright("MIT licence")]
[assembly: AssemblyVersion("1.0.0.0")]
[assembly: AssemblyFileVersion("1.0.0.0")]

using System.Reflection;

[assembly: AssemblyTitle("Thing.Core")]
[assembly: AssemblyDescription("A thing on Wi-Fi: all behaviour, no hardware")]
[assembly: AssemblyCompany("JamBox NB")]
[assembly: AssemblyProduct("JamBox NB")]
[assembly: AssemblyCopyright("MIT licence")]
[assembly: AssemblyVersion("1.0.0.0")]
[assembly: AssemblyFileVersion("1.0.0.0")]

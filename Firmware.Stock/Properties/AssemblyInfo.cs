using System.Reflection;

[assembly: AssemblyTitle("Firmware.Stock")]
[assembly: AssemblyDescription("JamBox NB on the stock image of nanoFramework: adapters and wiring")]
[assembly: AssemblyCompany("JamBox NB")]
[assembly: AssemblyProduct("JamBox NB")]
[assembly: AssemblyCopyright("MIT licence")]
[assembly: AssemblyVersion("6.0.0.0")]
[assembly: AssemblyFileVersion("6.0.0.0")]

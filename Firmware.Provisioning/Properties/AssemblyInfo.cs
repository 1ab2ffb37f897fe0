using System.Reflection;

[assembly: AssemblyTitle("Firmware.Provisioning")]
[assembly: AssemblyDescription("Brings the modem of a factory-fresh JamBox NB up once")]
[assembly: AssemblyCompany("JamBox NB")]
[assembly: AssemblyProduct("JamBox NB")]
[assembly: AssemblyCopyright("MIT licence")]
[assembly: AssemblyVersion("6.0.0.0")]
[assembly: AssemblyFileVersion("6.0.0.0")]

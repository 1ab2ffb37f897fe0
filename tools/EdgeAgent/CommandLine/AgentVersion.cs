using System.Reflection;
using System.Runtime.InteropServices;

namespace JamBox.Edge.CommandLine;

/// <summary>What this program is.</summary>
internal static class AgentVersion
{
    /// <summary>Its version, as <c>dotnet publish -p:Version=…</c> has set it.</summary>
    public static string Text { get; } =
        (typeof(AgentVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0")
            .Split('+')[0];

    /// <summary>Which agent of a package is for this machine.</summary>
    public static string Target { get; } =
        (OperatingSystem.IsWindows() ? "win" : "linux") + "-" + RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant();
}

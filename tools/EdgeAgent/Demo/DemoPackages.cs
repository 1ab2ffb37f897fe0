using System.Globalization;
using System.Text;

using JamBox.Deployments;
using JamBox.Ota.Signing;

namespace JamBox.Edge.Demo;

/// <summary>The packages of the demo: signed, with real scripts, and images for simulated modules.</summary>
internal static class DemoPackages
{
    // A service that is files beside the agent's folder: what it runs can be looked at.
    private const string DeployScript = """
        #!/bin/sh
        set -eu
        service=$JAMBOX_FOLDER/../service
        mkdir -p "$service"
        cp app/prices.txt "$service/prices.txt"
        echo "$JAMBOX_VERSION" > "$service/version"
        echo "The service runs $JAMBOX_VERSION."

        """;

    private const string HealthScript = """
        #!/bin/sh
        schema=$(cat "$JAMBOX_FOLDER/../schema") || exit 1
        if [ "$schema" -lt @NEEDED ]; then
          echo "The database has schema $schema, and this release needs @NEEDED."
          exit 1
        fi

        """;

    /// <summary>Writes the one with which nothing is wrong.</summary>
    /// <param name="path">The file.</param>
    /// <param name="key">Signs it.</param>
    public static void WriteGood(string path, ReleaseKey key) => Write(path, DemoPlan.GoodVersion, 1, DemoPlan.GoodVersion, key);

    /// <summary>Writes the one that does not run everywhere, and in which one image is another than was meant.</summary>
    /// <param name="path">The file.</param>
    /// <param name="key">Signs it.</param>
    public static void WriteBad(string path, ReleaseKey key) =>
        Write(path, DemoPlan.BadVersion, DemoPlan.NewSchema, DemoPlan.WrongVersion, key);

    private static void Write(string path, string version, int schema, string badTypesVersion, ReleaseKey key)
    {
        PackageBuilder package = new(version, TimeProvider.System.GetUtcNow());
        package.AddBytes(PackageLayout.DeployScript, Text(DeployScript), isExecutable: true);
        string health = HealthScript.Replace("@NEEDED", schema.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        package.AddBytes(PackageLayout.HealthScript, Text(health), isExecutable: true);
        package.AddBytes("app/prices.txt", Text($"apples {version}\n"), isExecutable: false);
        StringBuilder wired = new();
        StringBuilder wireless = new();
        foreach ((string type, int bytes) in DemoPlan.Images)
        {
            bool isWired = DemoPlan.IsWired(type);
            StringBuilder versions = isWired ? wired : wireless;
            versions.Append(CultureInfo.InvariantCulture, $"{(versions.Length == 0 ? string.Empty : ",")}\"{type}\":\"{version}\"");
            byte[] image = SimulatedImage.Build(type == DemoPlan.BadType ? badTypesVersion : version, bytes);
            package.AddBytes(PackageLayout.FirmwarePath(isWired ? "wired" : "wireless", type), image, isExecutable: false);
        }

        package.AddBytes(
            PackageLayout.FirmwareVersions, Text($"{{\"wired\":{{{wired}}},\"wireless\":{{{wireless}}}}}"), isExecutable: false);
        using FileStream zip = new(path, FileMode.CreateNew, FileAccess.ReadWrite);
        package.Write(zip, key);
    }

    /// <summary>A script with other line ends does not run.</summary>
    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\n"));
}

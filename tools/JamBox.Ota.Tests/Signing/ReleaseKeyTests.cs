using System.Security.Cryptography;
using JamBox.Ota.Signing;

namespace JamBox.Tests.Ota.Signing;

/// <summary>Keys in files.</summary>
public sealed class ReleaseKeyTests : IDisposable
{
    private const string PassPhrase = "correct horse";

    private readonly string _folder = Directory.CreateTempSubdirectory("jambox-bench-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void AnEncryptedKeyComesBackWithItsPassPhraseOnly()
    {
        string path = Path.Combine(_folder, "release.key");
        using var key = ReleaseKey.Create();
        key.Save(path, PassPhrase);
        Assert.StartsWith("-----BEGIN ENCRYPTED PRIVATE KEY-----", File.ReadAllText(path), StringComparison.Ordinal);
        using (ReleaseKey again = ReleaseKey.Load(path, () => PassPhrase))
        {
            Assert.Equal(key.Public.Hex, again.Public.Hex);
            Assert.True(key.Public.Verify([1, 2, 3], again.Sign([1, 2, 3])));
        }

        Assert.Contains(
            "wrong pass phrase", Assert.Throws<KeyException>(() => ReleaseKey.Load(path, () => "another one")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void OnlyItsOwnerMayReadTheFile()
    {
        string path = Path.Combine(_folder, "release.key");
        using var key = ReleaseKey.Create();
        key.Save(path, null);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        }

        using var other = ReleaseKey.Create();
        string before = File.ReadAllText(path);
        Assert.Contains("is there already", Assert.Throws<KeyException>(() => other.Save(path, null)).Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(path));
    }

    [Fact]
    public void ThePublicKeyIsReadInEveryForm()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        ECPoint point = key.ExportParameters(false).Q;
        string hex = Convert.ToHexString([.. point.X!, .. point.Y!]);
        string[] forms = [hex, hex.ToLowerInvariant(), key.ExportSubjectPublicKeyInfoPem(), hex + "\n"];
        Assert.All(forms, form => Assert.Equal(hex, PublicKey.Parse(form).Hex, ignoreCase: true));
    }

    [Fact]
    public void OtherKeysAreRefused()
    {
        string path = Path.Combine(_folder, "other");
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var rsa = RSA.Create(2048);
        (string Content, string Reason)[] cases =
        [
            (p384.ExportPkcs8PrivateKeyPem(), "not P-256"),
            (rsa.ExportPkcs8PrivateKeyPem(), "damaged"),
            (p384.ExportSubjectPublicKeyInfoPem(), "no private key"),
            ("hello", "no private key"),
            ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "damaged"),
        ];
        Assert.All(cases, one =>
        {
            File.WriteAllText(path, one.Content);
            Assert.Contains(
                one.Reason, Assert.Throws<KeyException>(() => ReleaseKey.Load(path, () => PassPhrase)).Message, StringComparison.Ordinal);
        });
        string[] publicKeys =
            [p384.ExportSubjectPublicKeyInfoPem(), "", "12", new string('g', 128), new string('0', 128), new string('f', 128)];
        Assert.All(
            publicKeys,
            text => Assert.Contains(
                "128 hex digits", Assert.Throws<KeyException>(() => PublicKey.Parse(text)).Message, StringComparison.Ordinal));
    }
}

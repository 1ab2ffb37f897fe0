using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using JamBox.Board;
using JamBox.Ota.Signing;

namespace JamBox.Tests.Ota.Signing;

/// <summary>
/// Wycheproof's vectors for P-256, on the server's and the bench's check of manifests and on the twin's stand-in for the board. The board's
/// own is held against the same file in Firmware.Atoms3/Native/tests.
/// </summary>
public sealed class P256VectorTests
{
    private const int SignatureBytes = 64;

    private static readonly List<Vector> s_vectors = Read();

    [Fact]
    public void TheyAreAllThere()
    {
        Assert.Equal(173, s_vectors.Count(vector => vector.IsValid));
        Assert.Equal(89, s_vectors.Count(vector => !vector.IsValid));
        Assert.Equal(21, s_vectors.Count(vector => vector.Signature.Length != SignatureBytes));
    }

    [Fact]
    public void ManifestsAreCheckedAsWycheproofSays()
    {
        foreach (Vector vector in s_vectors)
        {
            var key = PublicKey.Parse(Convert.ToHexStringLower(vector.Key));
            Assert.True(vector.IsValid == key.Verify(vector.Message, vector.Signature), vector.Name);
        }
    }

    [Fact]
    public void TheTwinChecksAsWycheproofSays()
    {
        foreach (Vector vector in s_vectors)
        {
            Assert.True(vector.IsValid == P256.Verify(vector.Key, SHA256.HashData(vector.Message), vector.Signature), vector.Name);
        }
    }

    /// <summary>A key off the curve is none for either.</summary>
    [Fact]
    public void KeysOffTheCurveAreRefused()
    {
        Vector good = s_vectors[0];
        for (int bit = 0; bit < good.Key.Length * 8; bit++)
        {
            byte[] key = [.. good.Key];
            key[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(P256.Verify(key, SHA256.HashData(good.Message), good.Signature));
            Assert.Throws<KeyException>(() => PublicKey.Parse(Convert.ToHexStringLower(key)));
        }
    }

    private static List<Vector> Read([CallerFilePath] string here = "")
    {
        string path = Path.Combine(Path.GetDirectoryName(here)!, "../../../Firmware.Atoms3/Native/tests/p256_vectors.txt");
        List<Vector> vectors = [];
        byte[] key = [];
        foreach (string line in File.ReadLines(path).Where(line => !line.StartsWith('#')))
        {
            string[] words = line.Split(' ');
            if (words[0] == "key")
            {
                key = Bytes(words[1]);
                continue;
            }

            int number = int.Parse(words[0], CultureInfo.InvariantCulture);
            vectors.Add(new Vector($"vector {number}, {words[4]}", words[1] == "valid", key, Bytes(words[2]), Bytes(words[3])));
        }

        return vectors;
    }

    private static byte[] Bytes(string hex) => hex == "-" ? [] : Convert.FromHexString(hex);

    private sealed record Vector(string Name, bool IsValid, byte[] Key, byte[] Message, byte[] Signature);
}

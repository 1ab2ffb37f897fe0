using System.Security.Cryptography;
using System.Text;
using JamBox.Atoms3.Adapters;
using JamBox.Board;
using JamBox.Ports;
using JamBox.Twin.Ota;
using JamBox.Twin.Run;

namespace JamBox.Twin.Tests.Board;

/// <summary>The board's <see cref="Cryptography"/> over the stand-ins, and the twin's own: HMAC by the test cases of RFC 4231.</summary>
public sealed class CryptographyTests
{
    /// <summary>Cases 1 to 5; 6 and 7 have keys that are longer than a block, which no box has.</summary>
    public static TheoryData<string, string, string> Vectors => new()
    {
        {
            "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        },
        {
            "4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        },
        {
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", string.Concat(Enumerable.Repeat("dd", 50)),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
        },
        {
            "0102030405060708090a0b0c0d0e0f10111213141516171819", string.Concat(Enumerable.Repeat("cd", 50)),
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
        },
        {
            "0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c", "546573742057697468205472756e636174696f6e",
            "a3b6167473100ee06e0c796c2955552b"
        },
    };

    [Theory]
    [MemberData(nameof(Vectors))]
    public void TheMacIsThatOfTheStandard(string key, string data, string mac)
    {
        using BoardHost board = BoardFixture.Start();
        foreach (ICryptography crypto in new ICryptography[] { new Cryptography(), new TwinCryptography(new FirmwareMeter()) })
        {
            for (int piece = 1; piece < 60; piece += 13)
            {
                Assert.StartsWith(mac, Mac(crypto, Convert.FromHexString(key), Convert.FromHexString(data), piece), StringComparison.Ordinal);
            }
        }
    }

    /// <summary>A hash of an update is under way while answers are checked; neither disturbs the other.</summary>
    [Fact]
    public void AHashAndAMacGoSideBySide()
    {
        using BoardHost board = BoardFixture.Start();
        byte[] data = Encoding.ASCII.GetBytes("what do ya want for nothing?"), key = new byte[32], hash = new byte[32], mac = new byte[32];
        foreach (ICryptography crypto in new ICryptography[] { new Cryptography(), new TwinCryptography(new FirmwareMeter()) })
        {
            crypto.BeginHash();
            crypto.AddToHash(data, 0, 10);
            crypto.BeginMac(key);
            crypto.AddToMac(data, 0, 5);
            crypto.AddToHash(data, 10, data.Length - 10);

            // Given up, and begun again.
            crypto.BeginMac(key);
            crypto.AddToMac(data, 0, data.Length);
            crypto.EndHash(hash);
            crypto.EndMac(mac);
            Assert.Equal(SHA256.HashData(data), hash);
            Assert.Equal(HMACSHA256.HashData(key, data), mac);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(65)]
    public void AKeyOfAnotherLengthIsRefused(int length)
    {
        using BoardHost board = BoardFixture.Start();
        Assert.Throws<ArgumentException>(() => new Cryptography().BeginMac(new byte[length]));
    }

    private static string Mac(ICryptography crypto, byte[] key, byte[] data, int piece)
    {
        byte[] mac = new byte[32];
        crypto.BeginMac(key);
        for (int at = 0; at < data.Length; at += piece)
        {
            crypto.AddToMac(data, at, Math.Min(piece, data.Length - at));
        }

        crypto.EndMac(mac);
        return Convert.ToHexStringLower(mac);
    }
}

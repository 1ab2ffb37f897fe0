using System;
using JamBox.Ota;
using JamBox.Storage;
using JamBox.Tests.App;
using JamBox.Tests.Modem;
using nanoFramework.TestFramework;
using Ascii = JamBox.Text.Ascii;

namespace JamBox.Tests.Ota;

/// <summary>Tests of <see cref="Manifest"/> and <see cref="ManifestCheck"/>: what is believed, and the name of what is not.</summary>
[TestClass]
public class ManifestTests
{
    private const int Native = OtaBench.Native;

    // A line each: where, how many bytes, and the number to be written there.
    private static readonly int[] s_malformed =
    [
        0, 1, 'X', 4, 1, 2, 5, 1, 1, 6, 1, 85, 7, 1, 1, 8, 1, 0, 8, 1, ' ', 8, 1, '"', 9, 1, 0, 23, 1, 'x', 32, 1, 0, 33, 1, 0x7F, 47, 1,
        '1',
        28, 4, 0, 28, 4, -1, 48, 4, 0, 48, 4, -5, 148, 1, 'X', 148, 1, 0, 149, 1, 2, 150, 1, 2, 150, 1, 0, 151, 1, 1,
        152, 4, 0, 152, 4, -1, 152, 4, 1024, 152, 4, 1537, 152, 4, int.MaxValue,
    ];

    /// <summary>The one that is good, field by field.</summary>
    [TestMethod]
    public void ReadsItsFields()
    {
        TestRelease release = Release(out byte[] _);
        var manifest = new Manifest(release.Manifest);
        Assert.IsTrue(manifest.IsWellFormed());
        Assert.AreEqual(Native, manifest.NativeChecksum);
        Assert.AreEqual(101, manifest.Sequence);
        Assert.AreEqual(1200, manifest.ImageSize);
        Assert.AreEqual(3, manifest.Chunks);
        Assert.AreEqual(release.Patch.Length, manifest.PatchSize);
        Assert.IsFalse(manifest.IsFull);
        Assert.IsTrue(manifest.IsFor(Ascii.Bytes("atoms3-nb1")));
        Assert.IsFalse(manifest.IsFor(Ascii.Bytes("atoms3-nb")));
        Assert.IsFalse(manifest.IsFor(Ascii.Bytes("atoms3-nb12")));
        Assert.IsFalse(manifest.IsFor(Ascii.Bytes("atoms3-nb1atoms3-nb1")));
    }

    /// <summary>Every field with what it must not be; and no other byte can make it crash.</summary>
    [TestMethod]
    public void RefusesWhatIsNone()
    {
        TestRelease release = Release(out byte[] _);
        byte[] bytes = new byte[Manifest.Size];
        var manifest = new Manifest(bytes);
        for (int i = 0; i < s_malformed.Length; i += 3)
        {
            Array.Copy(release.Manifest, bytes, bytes.Length);
            int at = s_malformed[i];
            if (s_malformed[i + 1] == 4)
            {
                ByteOrder.WriteInt(bytes, at, s_malformed[i + 2]);
            }
            else
            {
                bytes[at] = (byte)s_malformed[i + 2];
            }

            Assert.IsFalse(manifest.IsWellFormed(), "byte " + at.ToString() + " as " + s_malformed[i + 2].ToString());
        }
    }

    /// <summary>Device rule 2, every line of it, by name.</summary>
    [TestMethod]
    public void RefusalsHaveNames()
    {
        UpdateContext parts = Parts(true, out byte[] key, out byte[] image);
        TestRelease release = Release(key, image, 101);
        Check(OtaReason.None, parts, release, -1, 0, false);
        Check(OtaReason.Signature, parts, release, 90, 1, false);
        Check(OtaReason.Signature, parts, release, 52, 1, false);
        Check(OtaReason.Hardware, parts, release, 9, 1, true);
        Check(OtaReason.Native, parts, release, 25, 1, true);
        Check(OtaReason.Sequence, parts, release, 28, 1, true);
        Check(OtaReason.Base, parts, release, 190, 1, false);
        Check(OtaReason.Size, parts, release, 49, 16, true);
        Check(OtaReason.Manifest, parts, release, 0, 1, true);
        // A patch of 4 chunks, one more than the partition here has.
        release.SetPatch(new byte[1537]);
        Check(OtaReason.Size, parts, release, -1, 0, false);
        release.SetPatch(new byte[1536]);
        Check(OtaReason.None, parts, release, -1, 0, false);
        Check(OtaReason.Sequence, parts, Release(key, image, 100), -1, 0, false);
        Check(OtaReason.Sequence, parts, Release(key, image, 1), -1, 0, false);
        Check(OtaReason.None, parts, Release(key, null, 101), -1, 0, false);
        UpdateContext withoutKey = Parts(false, out byte[] _, out byte[] _);
        Check(OtaReason.NoKey, withoutKey, Release(key, image, 101), -1, 0, false);
    }

    /// <summary>Once confirmed, the manifest's sequence counts for that image, and for no other.</summary>
    [TestMethod]
    public void SequenceBelongsToItsImage()
    {
        UpdateContext parts = Parts(true, out byte[] key, out byte[] image);
        Assert.AreEqual(100, parts.Own.Sequence);
        var running = new TestRelease(key, image, 500, null, Native);
        parts.Own.Set(new Manifest(running.Manifest));
        Assert.AreEqual(500, parts.Own.Sequence);
        Check(OtaReason.Sequence, parts, Release(key, image, 500), -1, 0, false);
        Check(OtaReason.None, parts, Release(key, image, 501), -1, 0, false);
        parts.Own.Set(new Manifest(Release(key, image, 700).Manifest));
        Assert.AreEqual(100, parts.Own.Sequence);
    }

    /// <summary>
    /// Damage of any kind, seed 20260706: never believed, and nothing breaks. In what is not signed, the sizes still fit.
    /// </summary>
    [TestMethod]
    public void DamagedOnesAreRefused()
    {
        UpdateContext parts = Parts(true, out byte[] key, out byte[] image);
        TestRelease release = Release(key, image, 101);
        byte[] bytes = new byte[Manifest.Size];
        var manifest = new Manifest(bytes);
        uint random = 20260706;
        for (int round = 0; round < 60; round++)
        {
            Array.Copy(release.Manifest, bytes, bytes.Length);
            int changes = 1 + (round % 4);
            int first = -1;
            for (int i = 0; i < changes; i++)
            {
                random = (random * 1664525) + 1013904223;
                int at = (int)((random >> 12) % Manifest.Size);
                bytes[at] ^= (byte)(1 + ((random >> 24) % 255));
                first = first < 0 || at < first ? at : first;
            }

            OtaReason why = parts.Check.Check(manifest);
            string name = "round " + round.ToString() + ": " + ((int)why).ToString();
            bool isSignedPart = first < 148 && IsChanged(release.Manifest, bytes, 148);
            Assert.IsTrue(!isSignedPart || why == OtaReason.Signature || why == OtaReason.Manifest, name);
            Assert.IsTrue(why != OtaReason.None || (manifest.PatchSize > 0 && manifest.PatchSize <= parts.Patch.Capacity), name);
        }
    }

    private static bool IsChanged(byte[] a, byte[] b, int count)
    {
        for (int i = 0; i < count; i++)
        {
            if (a[i] != b[i])
            {
                return true;
            }
        }

        return false;
    }

    private static void Check(OtaReason expected, UpdateContext parts, TestRelease release, int at, int flip, bool isSigned)
    {
        var bytes = new byte[Manifest.Size];
        Array.Copy(release.Manifest, bytes, bytes.Length);
        if (at >= 0)
        {
            release.Manifest[at] ^= (byte)flip;
            if (isSigned)
            {
                release.Sign();
            }
        }

        OtaReason why = parts.Check.Check(new Manifest(release.Manifest));
        Assert.IsTrue(
            why == expected, "byte " + at.ToString() + ": " + ((int)why).ToString() + " instead of " + ((int)expected).ToString());
        Array.Copy(bytes, release.Manifest, bytes.Length);
    }

    private static TestRelease Release(out byte[] key)
    {
        key = Key();
        return Release(key, TestImage.Make(100, 1200, Native), 101);
    }

    private static TestRelease Release(byte[] key, byte[] from, int sequence)
    {
        return new TestRelease(key, TestImage.Make(101, 1200, Native), sequence, from, Native);
    }

    private static byte[] Key()
    {
        var key = new byte[64];
        for (int i = 0; i < key.Length; i++)
        {
            key[i] = (byte)(200 - i);
        }

        return key;
    }

    private static UpdateContext Parts(bool hasKey, out byte[] key, out byte[] image)
    {
        key = Key();
        image = TestImage.Make(100, 1200, Native);
        var store = new FakeStore();
        if (hasKey)
        {
            store.Set(TrustedKeys.FirstKey, key, key.Length);
        }

        var slots = new FakeSlots(new PowerCut(), image);
        var context =
            new UpdateContext(
                slots, new FakeCrypto(), Ascii.Bytes(slots.Firmware.HardwareId), slots.Firmware.Sequence, store, new FakeClock(),
                new FakeBoard(), null, Ascii.Bytes("JBNB0001"));
        var scratch = new byte[512];
        while (!context.Image.IsKnown)
        {
            context.Image.Step(scratch);
        }

        return context;
    }
}

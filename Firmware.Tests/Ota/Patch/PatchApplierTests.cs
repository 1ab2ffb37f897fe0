using System;
using JamBox.Ota.Patch;
using JamBox.Storage;
using JamBox.Text;
using nanoFramework.TestFramework;

namespace JamBox.Tests.Ota.Patch;

/// <summary>
/// Tests of <see cref="PatchApplier"/>. The patches were made by "jambox patch make" from <see cref="Base"/> and the image that
/// has every 53rd byte changed, 150 bytes inserted, 400 removed, and 200 zeros at its end. Backend.Tests holds the applier against
/// the server's, on some hundred thousand patches more.
/// </summary>
[TestClass]
public class PatchApplierTests
{
    private const int BaseSize = 6000;
    private const int ImageSize = 5950;
    private const uint ImageCrc = 0xEA6A899C;

    private const string PatchE =
        "EN7N/LPlzGSUvQzq4+g5gejuJVUpm1lnAKerlyWcOkR+x9gGAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAS+XESAYSTiZJBC2zhA0Zmn+af5p/mn+af5"
        + "p/mn+af5p/mn+af5p/mn+af5p/mn+af5p/mlploFOInL4/Fo9DZVJYzPZzP4dMZXC5nGJLCYRBIVGpnHZzFY3CIVCoNFYNFJnK5RIZvM4vAIxB5DL5XGZvIp"
        + "bI5XE5JEpVDZpMpzNgoBmMfg0RnMNAIGEQWOwuMRmSwSUzWGRedyiazeETSBxaCxScRCLw+HxiLQGLyOBSSLRYgAYzMJlGY5N5jMo/JIbIoHDpNPJPF5lPYJ"
        + "GJrFYVDZ/N5zAJRH4BNoZJotAMJJ2ebhEAADKCDRmaf5p/mn+af5p/mn+af5p/mn+af5p/mn+af5p/mn+af5p/mn+aX2Qg2YhKG/mn+af5p/mmviIHAAB/AE"
        + "cA==";

    private const string PatchH =
        "BL5cd4BhJOBMEkEBbDOEAaBmDT/4NP/g0pploFOInL4/Fo9DZVJYzPZzP4dMZXC5nGJLCYRBIVGpnHZzFY3CIVCoNFYNFJnK5RIZvM4vAIxB5DL5XGZvIpbI"
        + "5XE5JEpVDZpMpzNoBGJjH4NEZzDZzDYRBY7C4xGZLBJTNYZF53KJrN4RNIHFoLFJxEIvD4fGItAYvI4FJItFoPIYzMJlGY5N5jMo/JIbIoHDpNPJPF5lPYJG"
        + "JrFYVDZ/N5zAJRH4BNoZJotAMJJ0vv/Bp/8GlxMhBsxCSmJXxEDgAABjgA==";

    private const string PatchL =
        "Ab5cAAAQAAD//////////wAAIwyirETA6/iqUs0Jo1wmEfi8jgh3dPSgGtqTIvllHK0tIHK4AJlVUatFN5nRDQ4NBCn+4vNGTKmP7Qtm79s/Dt8MAY+ddCAM"
        + "AELN4czuFpAo0GFx5FUNuQ7s6mBljfr2jp6VHY8M32fPChGQAkw+CV4FiPuG4jeY9K/J8N2GGxSNTvV+My3ytZEjctLN1qCs8InEQUyvKI8xVlEvL48ZE7L+"
        + "g+zfw9efeqVhyXUX0pn2TP7lQBrhIBz449xzdYhf/8g2NAA=";

    /// <summary>A full image by liblzma: lines of text, in one record.</summary>
    private const string PatchByLiblzma =
        "AbcGAAAQAAD//////////wAAY8OexmcaduCsd+ojso0WhXN/9Uva1eT09tTnDcQnyxBV5rPJ3qXY37qJ4xQ+UAnJJ9vcunAbvmdgBxlqXPdanygsGEe996L+"
        + "90GGtu5R/ZphZ8R1CFNfb5Xq4hVDosYfrlv9hzM6WBmmL2rPJr3g/pxlAY+//AN1UQ==";

    private static PatchApplier s_applier;

    /// <summary>Some 10 KB, made once for all of these tests.</summary>
    [Setup]
    public void MakeApplier()
    {
        s_applier = new PatchApplier();
    }

    /// <summary>Leaves the heap to the tests behind these.</summary>
    [Cleanup]
    public void Forget()
    {
        s_applier = null;
    }

    /// <summary>Profile E: esp header, heatshrink 8/7.</summary>
    [TestMethod]
    public void AppliesProfileE()
    {
        CheckImage(Convert.FromBase64String(PatchE), 700);
    }

    /// <summary>Profile H: heatshrink 12/8.</summary>
    [TestMethod]
    public void AppliesProfileH()
    {
        CheckImage(Convert.FromBase64String(PatchH), 100000);
    }

    /// <summary>Profile L: LZMA.</summary>
    [TestMethod]
    public void AppliesProfileL()
    {
        CheckImage(Convert.FromBase64String(PatchL), 64);
    }

    /// <summary>A stream that our encoder did not make.</summary>
    [TestMethod]
    public void AppliesWhatLiblzmaMade()
    {
        byte[] patch = Convert.FromBase64String(PatchByLiblzma);
        var sink = new MemorySink(500);
        PatchResult result = Run(patch, patch.Length, new MemorySource(new byte[0], 0), sink, 500, 1000);
        Assert.AreEqual((int)PatchResult.Done, (int)result);
        byte[] expected = Ascii.Bytes("people 57, devices 133\n");
        Assert.AreEqual(439, sink.Count);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.AreEqual(expected[i], sink.Image[439 - expected.Length + i]);
        }
    }

    /// <summary>A step makes no more bytes than it was asked for, but for a packet's rest, and the sizes tell how far it is.</summary>
    [TestMethod]
    public void StepsAreSmall()
    {
        BeginProfileL(new MemorySink(ImageSize));
        Assert.AreEqual(ImageSize, s_applier.Size);
        int before = 0;
        while (s_applier.Step(100) == PatchResult.Busy)
        {
            int made = s_applier.Done - before;
            Assert.IsTrue(made >= 0 && made < 100 + 1024);
            before = s_applier.Done;
        }

        Assert.AreEqual(ImageSize, s_applier.Done);
    }

    /// <summary>A step is short whatever it was asked for: so dense a patch takes many, although each may make all of the image.</summary>
    [TestMethod]
    public void StepsAreShort()
    {
        BeginProfileL(new MemorySink(ImageSize));
        int steps = 1;
        while (s_applier.Step(int.MaxValue) == PatchResult.Busy)
        {
            steps++;
        }

        Assert.AreEqual(ImageSize, s_applier.Done);
        Assert.IsTrue(steps >= 15);
    }

    /// <summary>A patch that ends too early, by the byte near its ends and here and there between.</summary>
    [TestMethod]
    public void ShorterPatchesAreRefused()
    {
        byte[] patch = Convert.FromBase64String(PatchL);
        var image = new MemorySource(Base(), BaseSize);
        for (int length = 0; length < patch.Length; length += length < 24 || length > patch.Length - 4 ? 1 : 71)
        {
            PatchResult result = Run(patch, length, image, new MemorySink(ImageSize), ImageSize, 5000);
            Assert.IsTrue(result > PatchResult.Done);
        }
    }

    /// <summary>Damage is refused or shows in the image.</summary>
    [TestMethod]
    public void DamagedPatchesDoNoHarm()
    {
        byte[] patch = Convert.FromBase64String(PatchL);
        var image = new MemorySource(Base(), BaseSize);
        for (int at = 1; at < patch.Length; at += 47)
        {
            patch[at] ^= 0x10;
            var sink = new MemorySink(ImageSize);
            PatchResult result = Run(patch, patch.Length, image, sink, ImageSize, 5000);
            Assert.IsTrue(result > PatchResult.Done || Crc32.Compute(sink.Image, 0, ImageSize) != ImageCrc);
            patch[at] ^= 0x10;
        }
    }

    /// <summary>Each refusal by name, on patches small enough to be written by hand: heatshrink with literals only.</summary>
    [TestMethod]
    public void RefusalsHaveNames()
    {
        Expect(PatchResult.Done, 4, Literals(0, 2, 5, 5, 2, 8, 9, 0));
        Expect(PatchResult.Done, 4, Literals(0, 2, 5, 5, 2, 8, 9, 0x7F));
        Expect(PatchResult.DataFormat, 4, Literals(1, 2, 5, 5, 2, 8, 9, 0));
        Expect(PatchResult.BadLength, 4, Literals(0, 0x42, 5, 5, 2, 8, 9, 0));
        Expect(PatchResult.BadLength, 4, Literals(0, 5, 5, 5, 2, 8, 9, 0));
        Expect(PatchResult.BadLength, 4, Literals(0, 2, 5, 5, 3, 8, 9, 0));
        Expect(PatchResult.OutsideBase, 4, Literals(0, 2, 5, 5, 0, 0x43, 2, 8, 9, 0, 0));
        Expect(PatchResult.OutsideBase, 12, Literals(0, 11, 5, 5, 0, 0));
        Expect(PatchResult.BadNumber, 4, Literals(0, 0x80, 0x80, 0x80, 0x80, 0x80, 0));
        Expect(PatchResult.TrailingData, 4, Literals(0, 2, 5, 5, 2, 8, 9, 0, 0));
        Expect(PatchResult.Truncated, 4, Literals(0, 2, 5, 5, 2, 8, 9));
        Expect(PatchResult.TooLarge, 60, Literals(0, 2, 5, 5, 2, 8, 9, 0));
        byte[] other = Literals(0, 2, 5, 5, 2, 8, 9, 0);
        other[0] = 5;
        Expect(PatchResult.UnknownFormat, 4, other);
        Expect(PatchResult.Truncated, 4, new byte[0]);
    }

    /// <summary>detools writes records that make nothing, to move about in the base: 64 in a row are taken.</summary>
    [TestMethod]
    public void RunsOfEmptyRecordsAreBounded()
    {
        Expect(PatchResult.Done, 4, Literals(RunOfNothing(64)));
        Expect(PatchResult.NoProgress, 4, Literals(RunOfNothing(65)));
    }

    /// <summary>What the flash refuses ends it, too.</summary>
    [TestMethod]
    public void FailingFlashIsReported()
    {
        byte[] patch = Convert.FromBase64String(PatchH);
        var sink = new MemorySink(ImageSize);
        var image = new MemorySource(Base(), BaseSize) { FailsFrom = 3000 };
        Assert.AreEqual((int)PatchResult.ReadFailed, (int)Run(patch, patch.Length, image, sink, ImageSize, 5000));
        image.FailsFrom = BaseSize;
        sink = new MemorySink(ImageSize) { FailsFrom = 2048 };
        Assert.AreEqual((int)PatchResult.WriteFailed, (int)Run(patch, patch.Length, image, sink, ImageSize, 5000));
        sink = new MemorySink(ImageSize) { FailsFrom = ImageSize - 1 };
        Assert.AreEqual((int)PatchResult.WriteFailed, (int)Run(patch, patch.Length, image, sink, ImageSize, 5000));
    }

    /// <summary>The esp header must name the base.</summary>
    [TestMethod]
    public void AnotherBaseIsRefused()
    {
        byte[] patch = Convert.FromBase64String(PatchE);
        var hash = new byte[32];
        Array.Copy(patch, 4, hash, 0, hash.Length);
        var image = new MemorySource(Base(), BaseSize);
        var source = new MemorySource(patch, patch.Length);
        Assert.AreEqual((int)PatchResult.Busy, (int)s_applier.Begin(source, image, hash, new MemorySink(0), ImageSize));
        hash[31] ^= 1;
        Assert.AreEqual((int)PatchResult.WrongBase, (int)s_applier.Begin(source, image, hash, new MemorySink(0), ImageSize));
        patch[63] = 1;
        Assert.AreEqual((int)PatchResult.UnknownFormat, (int)s_applier.Begin(source, image, null, new MemorySink(0), ImageSize));
    }

    private static byte[] Base()
    {
        var image = new byte[BaseSize];
        int state = 1;
        for (int i = 0; i < BaseSize; i++)
        {
            state = ((state * 1103515245) + 12345) & 0x7FFFFFFF;
            image[i] = (byte)((state >> 16) & 0x3F);
        }

        return image;
    }

    private static void CheckImage(byte[] patch, int step)
    {
        var sink = new MemorySink(ImageSize);
        PatchResult result = Run(patch, patch.Length, new MemorySource(Base(), BaseSize), sink, ImageSize, step);
        Assert.AreEqual((int)PatchResult.Done, (int)result);
        Assert.AreEqual(ImageSize, sink.Count);
        Assert.AreEqual(ImageCrc, Crc32.Compute(sink.Image, 0, ImageSize));
    }

    private static void BeginProfileL(MemorySink sink)
    {
        byte[] patch = Convert.FromBase64String(PatchL);
        Assert.AreEqual((int)PatchResult.Busy, (int)Begin(patch, patch.Length, new MemorySource(Base(), BaseSize), sink, ImageSize));
    }

    private static PatchResult Begin(byte[] patch, int length, MemorySource image, MemorySink sink, int maxSize)
    {
        return s_applier.Begin(new MemorySource(patch, length), image, null, sink, maxSize);
    }

    private static PatchResult Run(byte[] patch, int length, MemorySource image, MemorySink sink, int maxSize, int step)
    {
        PatchResult result = Begin(patch, length, image, sink, maxSize);
        for (int left = ImageSize + 10; result == PatchResult.Busy; left--)
        {
            Assert.IsTrue(left > 0);
            result = s_applier.Step(step);
        }

        return result;
    }

    /// <summary>A base of ten bytes, an image of at most fifty.</summary>
    private static void Expect(PatchResult expected, int size, byte[] patch)
    {
        if (patch.Length > 1)
        {
            patch[1] = (byte)size;
        }

        PatchResult result = Run(patch, patch.Length, new MemorySource(new byte[10], 10), new MemorySink(50), 50, 1);
        Assert.AreEqual((int)expected, (int)result);
    }

    /// <summary>A stream with so many records that make nothing, then one that makes the image.</summary>
    private static int[] RunOfNothing(int records)
    {
        int at = 1 + (records * 3);
        var stream = new int[at + 7];
        stream[at++] = 2;
        stream[at++] = 5;
        stream[at++] = 5;
        stream[at++] = 2;
        stream[at++] = 8;
        stream[at] = 9;
        return stream;
    }

    private static byte[] Literals(params int[] values)
    {
        int bits = values.Length * 9;
        var patch = new byte[3 + ((bits + 7) / 8)];
        patch[0] = 4;
        patch[2] = 0x44;
        for (int i = 0; i < bits; i++)
        {
            int bit = i % 9 == 0 ? 1 : (values[i / 9] >> (8 - (i % 9))) & 1;
            patch[3 + (i / 8)] |= (byte)(bit << (7 - (i % 8)));
        }

        return patch;
    }
}

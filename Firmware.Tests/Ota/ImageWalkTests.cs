using System;
using JamBox.Ota;
using nanoFramework.TestFramework;

namespace JamBox.Tests.Ota;

/// <summary>Tests of <see cref="ImageWalk"/> and <see cref="RunningImage"/>.</summary>
[TestClass]
public class ImageWalkTests
{
    private const int Native = 0x7EADBEE1;

    /// <summary>
    /// A real header: that of nanoFramework.System.Runtime, 156 bytes in all, as nanoFramework's metadata processor made it.
    /// </summary>
    private const string RealAssembly =
        "TkZNUksxAAAs6Sc9Ky1DSQAAAAAAAAAA/////wEAAAAcAAAAAQABAHwAAAB8AAAAfAAAAHwAAAB8AAAAfAAAAHwAAAB8AAAAfAAAAHwAAAB8AAAAfAAAAJwAAACcAAAAnAAAAJwAAAAAAAAAAAAAAAAAAAAAAAACAAAAAABuYW5vRnJhbWV3b3JrLlN5c3RlbS5SdW50aW1lAAAA";

    /// <summary>Two assemblies, and then blank flash, or old noise, or the end of the flash.</summary>
    [TestMethod]
    public void FindsTheEnd()
    {
        byte[] image = TestImage.Make(5, 1200, Native);
        Expect(1200, 2, Native, Flash(image, 4096, 0xFF), 4096);
        Expect(1200, 2, Native, Flash(image, 4096, 0x4E), 4096);
        Expect(1200, 2, Native, Flash(image, 2048, 0xFF), 1200);
        Expect(1000, 1, 0, Flash(image, 2048, 0xFF), 1199);
        Expect(0, 0, 0, Flash(image, 2048, 0xFF), 999);
        Expect(0, 0, 0, Flash(image, 2048, 0xFF), 123);
        Expect(0, 0, 0, Flash(new byte[0], 2048, 0xFF), 2048);
        Expect(0, 0, 0, Flash(new byte[0], 2048, 0), 2048);
    }

    /// <summary>A header that nanoFramework's own tool made.</summary>
    [TestMethod]
    public void TakesARealHeader()
    {
        byte[] assembly = Convert.FromBase64String(RealAssembly);
        Expect(assembly.Length, 1, 0, Flash(assembly, 1024, 0xFF), 1024);
    }

    /// <summary>Sizes that are no multiple of four are padded, and the last one may end with the flash.</summary>
    [TestMethod]
    public void PadsToFour()
    {
        var image = new byte[803];
        TestImage.Write(image, 0, 401, 0, "First");
        TestImage.Write(image, 404, 399, Native, "JamBox.Interop");
        Expect(804, 2, Native, Flash(image, 1024, 0xFF), 1024);
        Expect(803, 2, Native, Flash(image, 1024, 0xFF), 803);
    }

    /// <summary>Only the assembly JamBox.Interop says which nanoCLR is needed.</summary>
    [TestMethod]
    public void NativeChecksumIsOfInterop()
    {
        byte[] image = TestImage.Make(5, 1200, Native);
        TestImage.Write(image, 1000, 200, Native, "JamBox.InteropX");
        Expect(1200, 2, 0, Flash(image, 2048, 0xFF), 2048);
        TestImage.Write(image, 1000, 200, Native, "JamBox.Intero");
        Expect(1200, 2, 0, Flash(image, 2048, 0xFF), 2048);
        // A name that nanoCLR knows by heart: an index beyond the strings.
        image[1036] = 0xD2;
        image[1037] = 0xFC;
        TestImage.Seal(image, 1000);
        Expect(1200, 2, 0, Flash(image, 2048, 0xFF), 2048);
    }

    /// <summary>
    /// Every bit of a header that is wrong ends the walk before it, seed 77; the noise behind the headers is nobody's business.
    /// </summary>
    [TestMethod]
    public void DamagedHeadersEndIt()
    {
        byte[] image = TestImage.Make(5, 1200, Native);
        CutFlash flash = Flash(image, 2048, 0xFF);
        uint random = 77;
        for (int round = 0; round < 60; round++)
        {
            random = (random * 1664525) + 1013904223;
            int at = (int)((random >> 10) % 1200);
            byte was = flash.Bytes[at];
            flash.Bytes[at] ^= (byte)(1 << (int)((random >> 24) & 7));
            var walk = new ImageWalk();
            Walk(walk, flash, 2048);
            int expected = at < 124 ? 0 : at >= 1000 && at < 1124 ? 1000 : 1200;
            Assert.AreEqual(expected, walk.Length, "byte " + at.ToString());
            flash.Bytes[at] = was;
        }
    }

    /// <summary>Headers with a right CRC and senseless numbers: the walk ends, and stays within the flash; seed 78.</summary>
    [TestMethod]
    public void SenselessHeadersDoNoHarm()
    {
        CutFlash flash = Flash(TestImage.Make(5, 1200, Native), 2048, 0xFF);
        uint random = 78;
        int rounds = Effort.Rounds(400, 20);
        for (int round = 0; round < rounds; round++)
        {
            byte[] image = TestImage.Make(5, 1200, Native);
            for (int i = 0; i < 3; i++)
            {
                random = (random * 1664525) + 1013904223;
                int at = 1000 + 12 + (int)((random >> 10) % 112);
                image[at] = (byte)(random >> 24);
            }

            TestImage.Seal(image, 1000);
            Array.Copy(image, flash.Bytes, image.Length);
            var walk = new ImageWalk();
            Walk(walk, flash, 2048);
            Assert.IsTrue(walk.Length >= 1000 && walk.Length <= 2048 && walk.Count >= 1, walk.Length.ToString());
        }
    }

    /// <summary>The running image: length, hash and nanoCLR, a slice at a time.</summary>
    [TestMethod]
    public void RunningImageIsHashed()
    {
        byte[] bytes = TestImage.Make(5, 1200, Native);
        var scratch = new byte[128];
        var image = new RunningImage(Flash(bytes, 2048, 0xFF), new FakeCrypto());
        int steps = 0;
        while (!image.IsKnown)
        {
            image.Step(scratch);
            steps++;
        }

        Assert.AreEqual(3 + 3, steps);
        Assert.AreEqual(1200, image.Length);
        Assert.AreEqual(Native, image.NativeChecksum);
        Assert.IsTrue(Hash.AreEqual(FakeCrypto.HashOf(bytes, 0, 1200), 0, image.Sha256, 0));
        image = new RunningImage(Flash(new byte[0], 2048, 0xFF), new FakeCrypto());
        image.Step(scratch);
        Assert.IsTrue(image.IsKnown);
        Assert.AreEqual(0, image.Length);
    }

    private static void Expect(int length, int count, int native, CutFlash flash, int limit)
    {
        var walk = new ImageWalk();
        Walk(walk, flash, limit);
        Assert.AreEqual(length, walk.Length);
        Assert.AreEqual(count, walk.Count);
        Assert.AreEqual(native, walk.NativeChecksum);
    }

    private static void Walk(ImageWalk walk, CutFlash flash, int limit)
    {
        var scratch = new byte[ImageWalk.HeaderSize];
        walk.Begin(flash, limit);
        while (walk.Step(scratch))
        {
            // One more.
        }
    }

    private static CutFlash Flash(byte[] image, int size, byte rest)
    {
        var flash = new CutFlash(new PowerCut(), 1, size);
        for (int i = 0; i < size; i++)
        {
            flash.Bytes[i] = i < image.Length ? image[i] : rest;
        }

        return flash;
    }
}

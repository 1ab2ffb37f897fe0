using System;
using JamBox.Ota;
using JamBox.Tests.App;
using JamBox.Tests.Storage;
using nanoFramework.TestFramework;

namespace JamBox.Tests.Ota;

/// <summary>
/// Tests of <see cref="PatchStore"/>: what is there stays, what was torn is fetched again, and what is another patch's is not ours.
/// </summary>
[TestClass]
public class PatchStoreTests
{
    private const int Size = 2300;
    private const int Chunks = 5;

    /// <summary>From the first chunk to the last, and the bytes as they were, from wherever they are read.</summary>
    [TestMethod]
    public void KeepsAPatch()
    {
        byte[] patch = Patch(1);
        CutFlash flash = Flash(new PowerCut());
        PatchStore store = Open(flash, patch);
        Assert.AreEqual(3072, store.Capacity);
        Assert.AreEqual(0, store.Present);
        Assert.AreEqual(Chunks, store.Chunks);
        Add(store, patch, Chunks);
        Assert.IsTrue(store.IsComplete);
        Assert.AreEqual(2, flash.Erases);
        Expect(store, patch, 0, Size);
        Expect(store, patch, 500, 600);
        Expect(store, patch, 1535, 2);
        Expect(store, patch, 2299, 1);
        Assert.AreEqual(Chunks, Open(flash, patch).Present);
    }

    /// <summary>After a boot it goes on at the next chunk; the last one is shorter.</summary>
    [TestMethod]
    public void GoesOnAtTheNextChunk()
    {
        byte[] patch = Patch(1);
        CutFlash flash = Flash(new PowerCut());
        for (int done = 0; done < Chunks; done++)
        {
            PatchStore store = Open(flash, patch);
            Assert.AreEqual(done, store.Present);
            Assert.AreEqual(done < Chunks - 1 ? 512 : Size - (4 * 512), store.NextLength);
            Add(store, patch, 1);
        }

        Assert.AreEqual(2, flash.Erases);
        Expect(Open(flash, patch), patch, 0, Size);
    }

    /// <summary>Another patch begins from nothing, without being told; the first one is gone by then, sector by sector.</summary>
    [TestMethod]
    public void AnotherPatchBeginsAnew()
    {
        byte[] patch = Patch(1);
        byte[] other = Patch(2);
        CutFlash flash = Flash(new PowerCut());
        Add(Open(flash, patch), patch, Chunks);
        PatchStore store = Open(flash, other);
        Assert.AreEqual(0, store.Present);
        Add(store, other, 1);
        Assert.AreEqual(1, Open(flash, other).Present);
        Assert.AreEqual(0, Open(flash, patch).Present);
        store = Open(flash, other);
        Add(store, other, Chunks - 1);
        Expect(store, other, 0, Size);
    }

    /// <summary>
    /// Power fails in the middle of an erase, of the head, of a chunk and of a mark: a chunk that counts as there is there, and none is
    /// lost that was. On the PC every operation, however torn (OtaPowerLossHostTests).
    /// </summary>
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(5)]
    [DataRow(6)]
    public void PowerFails(int operation)
    {
        Assert.IsTrue(Fail(operation, 3));
    }

    /// <summary>Cuts the power once.</summary>
    /// <param name="operation">The operation, counted from 1.</param>
    /// <param name="afterBytes">How many bytes of it are still done.</param>
    /// <returns><c>false</c> when there are fewer operations: nothing was cut.</returns>
    public static bool Fail(int operation, int afterBytes)
    {
        return Fail(Patch(1), Patch(2), operation, afterBytes);
    }

    /// <summary>A chunk that the flash does not keep: its sector begins again, and the chunks before it are kept.</summary>
    [TestMethod]
    public void BadWritesAreNoticed()
    {
        byte[] patch = Patch(1);
        CutFlash flash = Flash(new PowerCut());
        PatchStore store = Open(flash, patch);
        Add(store, patch, 4);
        flash.BadWrites = 1;
        Assert.IsFalse(store.Add(Chunk(patch, 4), 0x1234));
        Assert.AreEqual(3, store.Present);
        Assert.AreEqual(3, Open(flash, patch).Present);
        Add(store, patch, 2);
        Expect(store, patch, 0, Size);
        flash.Refuses = true;
        store.Forget();
        Assert.AreEqual(0, store.Present);
        Assert.IsFalse(store.Add(Chunk(patch, 0), 0x1234));
    }

    /// <summary>What is forgotten is fetched anew, also after a boot.</summary>
    [TestMethod]
    public void Forgets()
    {
        byte[] patch = Patch(1);
        CutFlash flash = Flash(new PowerCut());
        PatchStore store = Open(flash, patch);
        Add(store, patch, Chunks);
        store.Forget();
        Assert.AreEqual(0, store.Present);
        Assert.AreEqual(0, Open(flash, patch).Present);
        Add(store, patch, Chunks);
        Expect(store, patch, 0, Size);
    }

    /// <summary>The check value of CRC-16/CCITT-FALSE, and of nothing.</summary>
    [TestMethod]
    public void CheckSum()
    {
        byte[] digits = JamBox.Text.Ascii.Bytes("x123456789");
        Assert.AreEqual(0x29B1, Crc16.Compute(digits, 1, 9));
        Assert.AreEqual(0xFFFF, Crc16.Compute(digits, 0, 0));
    }

    /// <summary>Chunks that were put went with their sector, because one behind them was not kept: none of them is marked.</summary>
    [TestMethod]
    public void MarksNothingInASectorThatWasGivenUp()
    {
        CutFlash flash = Flash(new PowerCut());
        byte[] patch = TestImage.Make(7, Size, 0);
        PatchStore store = Open(flash, patch);
        Assert.IsTrue(store.Put(0, Chunk(patch, 0)));
        Assert.IsTrue(store.Put(1, Chunk(patch, 1)));
        Array.Clear(flash.Bytes, 0, Hash.Size);
        Assert.IsFalse(store.Mark(Crc16.Compute(Chunk(patch, 0), 0, 512)));
        Assert.AreEqual(0, store.Present);
        Add(store, patch, store.Chunks);
        Expect(store, patch, 0, Size);
    }

    private static bool Fail(byte[] patch, byte[] before, int operation, int afterBytes)
    {
        var power = new PowerCut();
        CutFlash flash = Flash(power);
        Add(Open(flash, before), before, Chunks);
        PatchStore store = Open(flash, patch);
        power.AfterBytes = afterBytes;
        power.At = power.Operations + operation;
        int done = 0;
        bool hasFailed = false;
        try
        {
            for (; done < Chunks; done++)
            {
                Add(store, patch, 1);
            }
        }
        catch (PowerLossException)
        {
            hasFailed = true;
        }

        store = Open(flash, patch);
        string name = "operation " + operation.ToString() + ", " + afterBytes.ToString() + " bytes: ";
        Assert.IsTrue(store.Present >= done && store.Present <= done + 1, name + store.Present.ToString() + " of " + done.ToString());
        Add(store, patch, Chunks - store.Present);
        Expect(store, patch, 0, Size);
        return hasFailed;
    }

    private static CutFlash Flash(PowerCut power)
    {
        var flash = new CutFlash(power, 2, 2048);
        for (int i = 0; i < flash.Bytes.Length; i++)
        {
            flash.Bytes[i] = 0x5A;
        }

        return flash;
    }

    private static PatchStore Open(CutFlash flash, byte[] patch)
    {
        var store = new PatchStore(flash, new UpdateLimits(new FakeStore()));
        store.Open(FakeCrypto.HashOf(patch, 0, patch.Length), 0, patch.Length);
        return store;
    }

    private static void Add(PatchStore store, byte[] patch, int count)
    {
        for (int i = 0; i < count; i++)
        {
            byte[] chunk = Chunk(patch, store.Present);
            Assert.IsTrue(store.Add(chunk, Crc16.Compute(chunk, 0, store.NextLength)));
        }
    }

    private static byte[] Chunk(byte[] patch, int index)
    {
        var chunk = new byte[512];
        int count = patch.Length - (index * 512);
        Array.Copy(patch, index * 512, chunk, 0, count < 512 ? count : 512);
        return chunk;
    }

    private static void Expect(PatchStore store, byte[] patch, int position, int count)
    {
        var bytes = new byte[count];
        Assert.IsTrue(store.Read(position, bytes, 0, count));
        for (int i = 0; i < count; i++)
        {
            if (bytes[i] != patch[position + i])
            {
                Assert.AreEqual((int)patch[position + i], (int)bytes[i], "byte " + (position + i).ToString());
            }
        }
    }

    private static byte[] Patch(uint seed)
    {
        var patch = new byte[Size];
        for (int i = 0; i < Size; i++)
        {
            seed = (seed * 1664525) + 1013904223;
            patch[i] = (byte)(seed >> 24);
        }

        return patch;
    }
}

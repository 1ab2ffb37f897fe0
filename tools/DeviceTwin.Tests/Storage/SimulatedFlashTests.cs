using JamBox.Board;
using JamBox.Twin.Run;
using JamBox.Twin.Storage;
using JamBox.Twin.Time;

namespace JamBox.Twin.Tests.Storage;

/// <summary>The flash behaves as NOR does, and breaks as NOR does.</summary>
public sealed class SimulatedFlashTests
{
    private const int Sector = SimulatedFlash.BytesASector;

    [Fact]
    public void WritingOnlyClearsBitsAndErasingSetsThem()
    {
        SimulatedFlash flash = New(out _);
        Assert.True(flash.Write(8, [0xF0, 0x0F, 0xAA, 0xFF], 0, 4));
        Assert.True(flash.Write(8, [0x3C, 0xFF, 0x55, 0x01], 0, 4));
        Assert.Equal(new byte[] { 0x30, 0x0F, 0x00, 0x01 }, Read(flash, 8, 4));
        Assert.True(flash.EraseSector(0));
        Assert.Equal(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF }, Read(flash, 8, 4));
        Assert.Equal((2, 1, 1, 0), (flash.Writes, flash.Erases, flash.MostErases, flash.Torn));
    }

    [Theory]
    [InlineData(2, 4)]
    [InlineData(4, 3)]
    [InlineData(4, 0)]
    public void WhatThePortForbidsIsAnError(int address, int count)
    {
        Assert.Throws<InvalidOperationException>(() => New(out _).Write(address, new byte[8], 0, count));
        Assert.Throws<InvalidOperationException>(() => New(out _).EraseSector(address));
    }

    /// <summary>A torn write is a beginning of it, then one word of which some bits are cleared, then nothing.</summary>
    [Fact]
    public void ATornWriteIsAPartOfIt()
    {
        var tears = new HashSet<int>();
        for (int seed = 0; seed < 200; seed++)
        {
            SimulatedFlash flash = New(out PowerSwitch power, seed);
            power.CutAtOperation = 1;
            BoxDiedException death = Assert.Throws<BoxDiedException>(() => flash.Write(0, new byte[64], 0, 64));
            Assert.Equal(BoxDiedException.Power, death.Reason);
            byte[] found = Read(flash, 0, 64);
            int whole = found.TakeWhile(b => b == 0).Count();
            tears.Add(whole);
            Assert.All(found.Skip(whole + 4), b => Assert.Equal(0xFF, b));
            Assert.All(Read(flash, 64, 64), b => Assert.Equal(0xFF, b));
        }

        Assert.True(tears.Count > 30);
    }

    /// <summary>A torn erase leaves its sector as it was, erased, or anything between; its neighbours never change.</summary>
    [Fact]
    public void ATornEraseSetsBitsOnly()
    {
        var kinds = new HashSet<string>();
        for (int seed = 0; seed < 60; seed++)
        {
            SimulatedFlash flash = New(out PowerSwitch power, seed);
            flash.Write(0, [0x12, 0x34, 0x56, 0x78], 0, 4);
            flash.Write(Sector, [1, 2, 3, 4], 0, 4);
            power.CutAtOperation = 3;
            Assert.Throws<BoxDiedException>(() => flash.EraseSector(0));
            byte[] found = Read(flash, 0, 4);
            kinds.Add(found is [0x12, 0x34, 0x56, 0x78] ? "old" : found is [0xFF, 0xFF, 0xFF, 0xFF] ? "erased" : "between");
            Assert.Equal(0x12, found[0] & 0x12);
            Assert.Equal(new byte[] { 1, 2, 3, 4 }, Read(flash, Sector, 4));
        }

        Assert.Equal(3, kinds.Count);
    }

    /// <summary>A broken sector says yes and does nothing, or says no; its neighbours are well, and so is it after so many times.</summary>
    [Fact]
    public void ABrokenSectorBreaksWhatItIsToBreak()
    {
        SimulatedFlash flash = New(out _);
        flash.Write(0, [1, 1, 1, 1], 0, 4);
        flash.Break(0, SectorFaults.IgnoresWrites | SectorFaults.IgnoresErases);
        Assert.True(flash.Write(0, new byte[4], 0, 4));
        Assert.True(flash.EraseSector(0));
        Assert.Equal(new byte[] { 1, 1, 1, 1 }, Read(flash, 0, 4));

        flash.Break(0, SectorFaults.RefusesChanges);
        Assert.False(flash.Write(0, new byte[4], 0, 4));
        Assert.False(flash.EraseSector(0));
        Assert.Equal(new byte[] { 1, 1, 1, 1 }, Read(flash, 0, 4));

        flash.Break(1, SectorFaults.RefusesReads, times: 2);
        var both = new byte[8];
        Assert.False(flash.Read(Sector - 4, both, 0, 8));
        Assert.False(flash.Read(Sector, both, 0, 4));
        Assert.True(flash.Read(Sector - 4, both, 0, 8));

        // Looked at from outside, nothing is wrong with it.
        flash.GoBad(2, SectorFaults.RefusesReads);
        flash.GoBad(2, SectorFaults.IgnoresWrites);
        Assert.Equal((true, SectorFaults.RefusesReads | SectorFaults.IgnoresWrites), (flash.IsBad(2), flash.FaultsOf(2)));
        Assert.False(flash.Read(2 * Sector, both, 0, 8));
        flash.IsLookedAt = true;
        Assert.True(flash.Read(2 * Sector, both, 0, 8));
        flash.IsLookedAt = false;

        flash.Mend();
        Assert.True(flash.Write(Sector - 4, new byte[8], 0, 8));
        Assert.True(flash.EraseSector(0));
        Assert.Equal(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0 }, Read(flash, Sector - 4, 8));
        Assert.Throws<ArgumentOutOfRangeException>(() => flash.Break(4, SectorFaults.RefusesReads));
    }

    /// <summary>Asked for, an operation leaves nothing, a part or all behind.</summary>
    [Theory]
    [InlineData(nameof(TearKind.Nothing))]
    [InlineData(nameof(TearKind.Half))]
    [InlineData(nameof(TearKind.All))]
    public void ATearIsOfTheKindThatWasAskedFor(string name)
    {
        TearKind kind = Enum.Parse<TearKind>(name);
        SimulatedFlash flash = New(out PowerSwitch power);
        power.Tear = kind;
        power.CutAtOperation = 1;
        Assert.Throws<BoxDiedException>(() => flash.Write(0, new byte[1_024], 0, 1_024));
        int cleared = Read(flash, 0, 1_024).Count(b => b == 0);
        Assert.Equal(kind, cleared == 0 ? TearKind.Nothing : cleared == 1_024 ? TearKind.All : TearKind.Half);
        flash.Write(0, new byte[1_024], 0, 1_024);
        power.CutAtOperation = 3;
        Assert.Throws<BoxDiedException>(() => flash.EraseSector(0));
        int left = Read(flash, 0, 1_024).Count(b => b != 0xFF);
        Assert.Equal(kind, left == 0 ? TearKind.All : left == 1_024 ? TearKind.Nothing : TearKind.Half);
        Assert.Equal((2, 1), (flash.Torn, flash.MostErases));
        var store = new TwinStore(power, new SeededRandom(1));
        power.CutIn(1);
        Assert.Throws<BoxDiedException>(() => store.Set("key", [1], 1));
        Assert.True(kind == TearKind.Half || store.Values.ContainsKey("key") == (kind == TearKind.All));
    }

    /// <summary>A value in the store is the old one or the new one.</summary>
    [Fact]
    public void ATornValueIsOldOrNew()
    {
        var found = new HashSet<byte>();
        for (int seed = 0; seed < 40; seed++)
        {
            var power = new PowerSwitch();
            var store = new TwinStore(power, new SeededRandom(seed));
            store.Set("key", [1], 1);
            power.CutIn(1);
            Assert.Throws<BoxDiedException>(() => store.Set("key", [2, 2], 2));
            var buffer = new byte[4];
            int length = store.Get("key", buffer);
            Assert.Equal(buffer[0], length);
            found.Add(buffer[0]);
        }

        Assert.True(found.SetEquals([1, 2]));
    }

    private static SimulatedFlash New(out PowerSwitch power, long seed = 1)
    {
        power = new PowerSwitch();
        return new SimulatedFlash(4 * Sector, power, new SeededRandom(seed));
    }

    private static byte[] Read(SimulatedFlash flash, int address, int count)
    {
        var bytes = new byte[count];
        flash.Read(address, bytes, 0, count);
        return bytes;
    }
}

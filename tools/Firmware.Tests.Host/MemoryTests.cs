using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using JamBox.App;
using JamBox.Ota;
using JamBox.Ota.Patch;
using JamBox.Tests.App;
using JamBox.Tests.Ota;
using JamBox.Tests.Storage;
using JamBox.Tests.Uplink;
using JamBox.Uplink;
using Xunit;

namespace JamBox.Tests.Host;

/// <summary>
/// Adds docs/memory.md up: what can be counted on a PC is counted anew and compared with its tables, what only nanoCLR can tell is taken
/// from them, and the sums are held against the budgets. A failure prints the table as it must be.
/// </summary>
public sealed class MemoryTests
{
    private const int ResidentBudget = 82 * 1024;
    private const int UpdateBudget = 92 * 1024;
    private const int CountingBudget = 32 * 1024;

    private const string Resident = "**resident, between updates**";
    private const string InAnUpdate = "**during an update**";
    private const int MostMs = 60_000;
    private const int SettledMs = 10_000;
    private const int TokenLength = 43;

    private static readonly string s_document = File.ReadAllText(Path.Combine(Root(), "docs", "memory.md"));

    [Fact]
    public void Box_by_room()
    {
        BoardHeap heap = Walk(MadeBox());
        Compare("box", heap.Rooms.OrderByDescending(r => r.Value).Select(r => ($"`{r.Key["JamBox.".Length..]}`", r.Value)), heap.Bytes);
    }

    [Fact]
    public void Update_by_room()
    {
        BoardHeap without = Walk(MadeBox());
        BoardHeap with = WalkInAnUpdate();
        IEnumerable<(string, int)> more = with.Rooms
            .Select(r => ($"`{r.Key["JamBox.".Length..]}`", r.Value - without.Rooms.GetValueOrDefault(r.Key))).Where(r => r.Item2 != 0);
        Compare("update", more, with.Bytes - without.Bytes);
    }

    [Fact]
    public void Static_data()
    {
        List<(string Name, object Value)> fields = [.. StaticDataTests.Fields()];
        int texts = fields.Count(f => f.Value is string);
        int textBytes = texts * (BoardHeap.SlotBytes + BoardHeap.BytesOf(string.Empty));
        int others = fields.Where(f => f.Value is not string).Sum(f => BoardHeap.SlotBytes + StaticDataTests.BytesOf(f.Value));
        Compare(
            "statics", [($"{texts} texts, a slot and a reference each", textBytes), ("what StaticDataTests lists", others)],
            textBytes + others);
    }

    [Fact]
    public void Everything_together_is_within_the_budgets()
    {
        Dictionary<string, int> rows = Rows("all");
        Assert.Equal(Total("box"), rows["the box"]);
        Assert.Equal(Total("statics"), rows["static data of `Firmware.Shared` and `Firmware.App`"]);
        Assert.Equal(Total("update"), rows["an update that is being made"]);
        int resident = rows.Where(r => r.Key is not ("an update that is being made" or Resident or InAnUpdate)).Sum(r => r.Value);
        Assert.Equal(resident, rows[Resident]);
        Assert.Equal(resident + rows["an update that is being made"], rows[InAnUpdate]);
        Assert.True(rows[Resident] <= ResidentBudget, $"{rows[Resident]} of {ResidentBudget} bytes between updates");
        Assert.True(rows[InAnUpdate] <= UpdateBudget, $"{rows[InAnUpdate]} of {UpdateBudget} bytes during an update");
    }

    [Fact]
    public void Counting_has_its_share()
    {
        Assert.True(MadeBox().Counter.TableBytes <= CountingBudget);
    }

    [Fact]
    public void Tables_are_what_the_box_says()
    {
        Box box = MadeBox();
        BoardHeap heap = Walk(box);

        // Fields, heads of arrays and small objects come on top of the tables.
        Assert.InRange(heap.Bytes - box.TableBytes, 4 * 1024, 13 * 1024);
    }

    [Fact]
    public void What_an_update_needs_is_given_back_when_it_fails()
    {
        OtaBench bench = Bench();
        bench.Live(SettledMs);
        int before = Walk(bench.Box.Box).Bytes;
        bench.Offer().Patch[900] ^= 1;
        Assert.True(bench.Updater.CheckNow());
        bench.Live(MostMs);
        Assert.Equal("failed:patch_hash", bench.StateText);
        BoardHeap after = Walk(bench.Box.Box);
        Assert.False(after.Has(typeof(Installer)) || after.Has(typeof(PatchApplier)));
        Assert.InRange(after.Bytes, before - 64, before + 64);
    }

    // Some seconds after start: what only the start needs is gone.
    private static Box MadeBox()
    {
        OtaBench bench = Bench();
        bench.Live(SettledMs);
        Assert.False(bench.Updater.IsBusy);
        return bench.Box.Box;
    }

    // With everything that the board's own program gives it.
    private static OtaBench Bench()
    {
        var bench = new OtaBench();
        bench.Box.Flash = new SimFlash(32, 4096);
        bench.Box.Scanner = new FakeScanner();
        bench.Box.Store.Set(BoxIdentity.TokenKey, new string('t', TokenLength));
        bench.Box.Store.Set(BoxIdentity.HostKey, "jambox.example.org");
        bench.Box.Store.Set(BoxIdentity.MacKeyKey, MacFake.Key(1), AnswerMac.KeySize);
        bench.Box.Server.MacKey = MacFake.Key(1);
        return bench;
    }

    private static BoardHeap WalkInAnUpdate()
    {
        OtaBench bench = Bench();
        bench.Offer();
        bench.Box.Boot();
        for (int i = 0; i < MostMs; i++)
        {
            bench.Box.Box.RunOnce();
            BoardHeap heap = Walk(bench.Box.Box);
            if (heap.Has(typeof(Installer)))
            {
                return heap;
            }
        }

        throw new InvalidOperationException("no image was made");
    }

    private static BoardHeap Walk(Box box)
    {
        var heap = new BoardHeap();
        foreach ((string _, object value) in StaticDataTests.Fields())
        {
            heap.Add(value);
        }

        heap.BeginAgain();
        heap.Add(box);
        return heap;
    }

    private static void Compare(string table, IEnumerable<(string Name, int Bytes)> rows, int total)
    {
        string expected = string.Join(
            "\n", rows.Append(("**together**", total)).Select(r => FormattableString.Invariant($"| {r.Item1} | {r.Item2:N0} |")));
        string actual = string.Join("\n", Lines(table));
        Assert.True(expected == actual, $"docs/memory.md, table '{table}', must be\n{expected}\nand is\n{actual}");
    }

    private static int Total(string table) => Rows(table)["**together**"];

    private static Dictionary<string, int> Rows(string table) =>
        Lines(table).Select(l => l.Split('|')).ToDictionary(
            c => c[1].Trim(), c => int.Parse(c[2].Trim(), NumberStyles.AllowThousands, CultureInfo.InvariantCulture));

    // Behind "<!-- table: name -->"; the first two lines are the head.
    private static IEnumerable<string> Lines(string table)
    {
        Match match = Regex.Match(s_document, $@"<!-- table: {table} -->\n(?<head>\|.*\n\|.*\n)(?<rows>(\|.*\n)+)");
        Assert.True(match.Success, $"docs/memory.md has no table '{table}'");
        return match.Groups["rows"].Value.TrimEnd('\n').Split('\n');
    }

    private static string Root()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Host.slnf")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("Host.slnf is in no folder above the tests");
        }

        return folder;
    }
}

using System.Globalization;

using JamBox.Backend.Devices;
using JamBox.Backend.Operation;
using JamBox.Backend.People;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;

namespace JamBox.Backend.Manufacturing;

/// <summary>Labels of a batch.</summary>
internal static class LabelEndpoints
{
    /// <summary>What is answered of a batch that there is not.</summary>
    public static readonly Refusal UnknownBatch = Refusal.NotFound("There is no such batch");

    /// <summary>The route table.</summary>
    public static void MapLabels(this IEndpointRouteBuilder makers) =>
        makers.MapPost("/batch/{id}/labels", MakeLabels).WithName("MakeLabels")
            .TakesPath(new NumberParameter("id", 1, long.MaxValue, "Number of the batch."))
            .TakesQuery(
                new TextParameter(
                    "layout", ["sheet", "roll", "single"],
                    "sheet = pages of labels, roll = 62 × 40 mm each, single = 3 × 2.25 in each.") { Default = "sheet" },
                new TextParameter("paper", ["A4", "Letter"], "The paper of sheets.") { Default = "A4" },
                new TextParameter("serial", "Only the label of this device: its serial number or id."),
                new FlagParameter("newPins", "Whether new PINs are made and printed: those before are good no longer.") { Default = false })
            .TakesBody(LabelRequest.Fields, """{"pins":["JB-26A18-NB02R-X7KQA 4711"]}""")
            .GivesBytes("application/pdf").Refuses(StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);

    /// <summary>
    /// Makes the labels of a batch as PDF: serial number, QR code (the address of activation; of a thing, or where none is set, the serial
    /// number), board, and the PIN where the request brings it or asks for new ones. PINs are stored hashed, so that none of before can be
    /// printed again. Of what is sold the PIN is not changed.
    /// </summary>
    internal static async Task<Results<FileContentHttpResult, ProblemHttpResult>> MakeLabels(
        HttpContext http, string id, string? layout, string? paper, string? serial, string? newPins, Store store, PeopleOptions people,
        ISecretSource secrets, TimeProvider clock)
    {
        (LabelRequest request, ProblemHttpResult? problem) = await AdminBody.ReadAsync(
            http.Request, LabelRequest.Fields).ConfigureAwait(false);
        Dictionary<string, string> pins = new(StringComparer.Ordinal);
        problem ??= FindFault(request, newPins == "true", pins) is { } fault
            ? AdminProblem.Of(StatusCodes.Status400BadRequest, fault)
            : null;
        if (problem is not null)
        {
            return problem;
        }

        if (!long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out long batch)
            || await store.ReadAsync(ManufacturingEndpoints.OfBatch(batch), MadeSql.List).ConfigureAwait(false)
                is not { Count: > 0 } devices)
        {
            return UnknownBatch.ToProblem();
        }

        devices.Reverse();
        if (!string.IsNullOrEmpty(serial))
        {
            devices.RemoveAll(device => device.Serial != serial && device.DeviceId != serial);
            if (devices.Count == 0)
            {
                return Refusal.NotFound("The batch has no such device").ToProblem();
            }
        }

        if (pins.Keys.FirstOrDefault(serial => devices.TrueForAll(device => device.Serial != serial)) is { } stranger)
        {
            return AdminProblem.Of(StatusCodes.Status409Conflict, $"pins: no label of {NearMiss.Shown(stranger)} is asked for");
        }

        if (newPins == "true")
        {
            IReadOnlyList<(string Pin, string Hash)> drawn = await LabelPins.DrawAsync(devices.Count, secrets, http.RequestAborted)
                .ConfigureAwait(false);
            List<string> set = await store.WriteAsync(
                (devices, drawn, Caller.Of(http).Name, ManufacturingEndpoints.Now(clock)), SetPins).ConfigureAwait(false);
            for (int i = 0; i < devices.Count; i++)
            {
                if (set.Contains(devices[i].Serial))
                {
                    pins[devices[i].Serial] = drawn[i].Pin;
                }
            }
        }

        byte[] pdf = await LowPriority.RunAsync(() => LabelPdf.Make(
            [.. devices.Select(device => LabelOf(device, people.Address, pins.GetValueOrDefault(device.Serial)))],
            LabelLayout.Of(layout, paper), clock.GetUtcNow())).ConfigureAwait(false);
        return TypedResults.Bytes(pdf, "application/pdf", string.Create(CultureInfo.InvariantCulture, $"labels-{batch}.pdf"));
    }

    /// <summary>What stands on the label of a device.</summary>
    internal static Label LabelOf(MadeRow device, Uri? address, string? pin) => new(
        device.Serial, device.DeviceId, $"{device.HwType} rev. {device.HwVersion}",
        device.Kind == DeviceKind.Box && address is not null
            ? new Uri(address, $"/activate/{device.DeviceId}").AbsoluteUri
            : device.Serial,
        pin);

    /// <summary>Sets new PINs, of what is not sold yet.</summary>
    /// <returns>The serial numbers that have one.</returns>
    private static List<string> SetPins(
        SqlSession session, (List<MadeRow> Devices, IReadOnlyList<(string Pin, string Hash)> Drawn, string Who, long At) wanted)
    {
        List<string> set = [];
        for (int i = 0; i < wanted.Devices.Count; i++)
        {
            MadeRow device = wanted.Devices[i];
            if (LifeSql.Of(session, device.DeviceId) is { } life && !Life.IsSold(life) && life != Life.Scrapped)
            {
                DeviceAdminSql.SetPin(session, (device.DeviceId, wanted.Drawn[i].Hash, wanted.Who, wanted.At));
                set.Add(device.Serial);
            }
        }

        return set;
    }

    private static string? FindFault(LabelRequest request, bool newPins, Dictionary<string, string> pins)
    {
        if (newPins && request.Pins.Count > 0)
        {
            return "pins: or newPins=true, not both";
        }

        foreach (string text in request.Pins)
        {
            string[] words = text.Split(' ');
            if (words.Length != 2 || !Pin.IsPin(words[1]) || !pins.TryAdd(words[0], words[1]))
            {
                return "pins: must be serial numbers, each once, with a blank and 4 digits";
            }
        }

        return null;
    }
}

/// <summary>What is sent for labels.</summary>
internal sealed class LabelRequest
{
    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<LabelRequest> Fields = new(
        new ListField<LabelRequest>("pins", BatchRequest.MaxQuantity, static (r, v) => r.Pins = v));

    /// <summary>Serial numbers with their PINs, a blank between: what was shown when the batch was made.</summary>
    [System.Text.Json.Serialization.JsonPropertyName("pins")]
    public IReadOnlyList<string> Pins { get; set; } = [];
}

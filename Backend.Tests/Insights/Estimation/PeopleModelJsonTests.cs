using System.Text;

using JamBox.Backend.Insights.Estimation;

namespace JamBox.Backend.Tests.Insights.Estimation;

/// <summary>A model as it is kept: what was written is read as it was; anything else is refused by name.</summary>
public sealed class PeopleModelJsonTests
{
    private static readonly string s_odd = "0123456789.eE+-[]{},:\"\\ntf\0\uFFFF";
    private static readonly SimulatedPlace s_place = new(1, days: 8);
    private static readonly PeopleModel s_model = ModelFit.Fit(s_place.Input(s_place.TwelveCounts()));

    [Fact]
    public void WhatWasWrittenGivesTheSameFigures()
    {
        PeopleModel read = PeopleModel.Read(s_model.ToJson(), out string? fault)!;

        Assert.Null(fault);
        Assert.Equal(s_model.ToJson(), read.ToJson());
        Assert.Equal(
            new PeopleEstimator(s_model, [s_place.Signal]).History(SimulatedPlace.At(3, 0), SimulatedPlace.At(4, 0)),
            new PeopleEstimator(read, [s_place.Signal]).History(SimulatedPlace.At(3, 0), SimulatedPlace.At(4, 0)));
    }

    [Fact]
    public void ItIsSmall() => Assert.InRange(s_model.ToJson().Length, 1_000, 16_384);

    [Theory]
    [InlineData("\"format\":1", "\"format\":2", "model.format")]
    [InlineData("\"state\":2", "\"state\":3", "model.state")]
    [InlineData("\"state\":2", "\"state\":1.5", "model.state: must be a whole number")]
    [InlineData("\"stay_known\":false", "\"stay_known\":0", "model.stay_known: must be true or false")]
    [InlineData("\"stay_hours\":", "\"stay_hours\":\"x\",\"was\":", "model.stay_hours: must be a number")]
    [InlineData("\"box\":\"JBNB0001\"", "\"box\":\"\"", "model.boxes[0].box")]
    [InlineData("\"share\":1", "\"share\":0", "model.boxes[0].share")]
    [InlineData("\"errors\":[[0,", "\"errors\":[[1,", "the bands of errors must begin at 0")]
    [InlineData("\"history\":", "\"past\":", "model.history: missing")]
    [InlineData("{", "[", "not JSON")]
    public void WhatIsWrongIsNamed(string text, string instead, string fault)
    {
        string json = s_model.ToJson();
        Assert.Contains(text, json, StringComparison.Ordinal);
        int at = json.IndexOf(text, StringComparison.Ordinal);

        Assert.Null(PeopleModel.Read(string.Concat(json.AsSpan(0, at), instead, json.AsSpan(at + text.Length)), out string? found));
        Assert.Contains(fault, found, StringComparison.Ordinal);
    }

    /// <summary>Bytes changed, cut and doubled by chance: refused with a reason, or a model whose figures are numbers.</summary>
    [Fact]
    public void NonsenseIsRefusedOrHarmless()
    {
        int seed = int.Parse(Environment.GetEnvironmentVariable("JAMBOX_MODEL_SEED") ?? "20260302");
        Random random = new(seed);
        string json = s_model.ToJson();
        for (int round = 0; round < 3_000; round++)
        {
            StringBuilder text = new(json);
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                int at = random.Next(text.Length);
                switch (random.Next(4))
                {
                    case 0: text[at] = s_odd[random.Next(s_odd.Length)]; break;
                    case 1: text.Remove(at, Math.Min(random.Next(40), text.Length - at)); break;
                    case 2: text.Insert(at, text.ToString(0, Math.Min(random.Next(40), text.Length))); break;
                    default: text.Insert(at, random.Next(2) == 0 ? "1e308" : "-"); break;
                }
            }

            PeopleModel? model = PeopleModel.Read(text.ToString(), out string? fault);

            string again = $"Round {round}. Again with: JAMBOX_MODEL_SEED={seed}";
            Assert.True(model is null != fault is null, again);
            if (model is not null)
            {
                PeopleEstimate slot = new PeopleEstimator(model, [s_place.Signal])
                    .History(SimulatedPlace.At(3, 12), SimulatedPlace.At(3, 13))[0];
                PeopleRange people = slot.People!.Value;
                Assert.True(
                    double.IsFinite(people.High) && people.Low >= 0 && people.Low <= people.Value && people.Value <= people.High, again);
            }
        }
    }
}

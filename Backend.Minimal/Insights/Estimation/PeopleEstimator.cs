namespace JamBox.Backend.Insights.Estimation;

/// <summary>Applies a model to what a place heard. A day of one place takes well below 1 ms.</summary>
/// <param name="model">The model.</param>
/// <param name="signals">
/// What the boxes heard; from half an hour before the time that is asked for to half an hour after it, where that exists.
/// </param>
internal sealed class PeopleEstimator(PeopleModel model, IReadOnlyList<BoxSignal> signals)
{
    private readonly PlaceSignal _place = new(signals, model.Boxes);

    /// <summary>What the place heard, with the model's baselines.</summary>
    public PlaceSignal Place => _place;

    /// <summary>How many are there now: the slot that ended last before <paramref name="atMs"/>, from what came before it alone.</summary>
    public PeopleEstimate Now(long atMs) => throw new NotImplementedException();

    /// <summary>
    /// One estimate a slot of 5 minutes, from what was heard before and after. The last half hour before the end of the data rests on
    /// what there is, and may change a little.
    /// </summary>
    public PeopleEstimate[] History(long fromMs, long toMs) => throw new NotImplementedException();

    /// <summary>
    /// Puts slots together to a stretch (an hour, a day's opening hours). Errors of neighbouring slots go together and are added so, not
    /// as if they were independent.
    /// </summary>
    /// <param name="slots">Slots of <see cref="History"/> in order; may have gaps (closed hours), which do not count as missing.</param>
    /// <param name="staff">Usual staff present at a slot's begin, people; null = none. Subtracted for <see cref="SpanEstimate.Guests"/>.</param>
    public SpanEstimate Span(ReadOnlySpan<PeopleEstimate> slots, Func<long, double>? staff = null) => throw new NotImplementedException();

    /// <summary>
    /// Puts stretches together (days to a week). Those without a figure leave <see cref="SpanEstimate.Hours"/> as they are and count by
    /// the mean of the others, as long as the others cover at least half of the time.
    /// </summary>
    public SpanEstimate Sum(IReadOnlyList<SpanEstimate> spans) => throw new NotImplementedException();

    /// <summary>
    /// Visitors of a stretch: person-hours without staff / mean stay; null where the stay cannot be known or the stretch has no figure.
    /// </summary>
    public PeopleRange? Visitors(SpanEstimate span) => throw new NotImplementedException();
}

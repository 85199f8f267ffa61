//! Aggregations and intervals against scikit-learn, SciPy, sacreBLEU and lm-eval.

use super::*;

fn near(found: f64, wanted: f64) {
    assert!((found - wanted).abs() < 1e-12, "{found}, wanted {wanted}");
}

fn of(aggregation: &Aggregation, values: &[Value]) -> Result<f64, PortFault> {
    let points: Vec<Point> = values.iter().map(|value| aggregation.point(value)).collect::<Result<_, _>>()?;
    aggregation.of(&points.iter().collect::<Vec<_>>())
}

fn classes(gold: &[i64], chosen: &[i64]) -> Vec<Value> {
    let pair = |(gold, chosen): (&i64, &i64)| Value::List(vec![Value::Int(*gold), Value::Int(*chosen)]);
    gold.iter().zip(chosen).map(pair).collect()
}

/// scikit-learn 1.9: `f1_score` and `matthews_corrcoef`.
#[test]
fn classes_as_scikit_learn_has_them() {
    let f1 = |gold: &[i64], chosen: &[i64]| of(&Aggregation::F1, &classes(gold, chosen));
    near(f1(&[1, 0, 1, 1], &[1, 1, 0, 1]).unwrap(), 2.0 / 3.0);
    near(f1(&[0, 0], &[0, 0]).unwrap(), 0.0);
    near(f1(&[1, 1], &[1, 1]).unwrap(), 1.0);
    assert!(f1(&[0, 2], &[2, 0]).is_err() && f1(&[0, 1, 2], &[1, 1, 1]).is_err());
    let matthews = |gold: &[i64], chosen: &[i64]| of(&Aggregation::Matthews, &classes(gold, chosen)).unwrap();
    near(matthews(&[0, 1, 2, 2, 1], &[0, 2, 2, 2, 1]), 0.734_968_415_259_167_1);
    near(matthews(&[1, 1], &[0, 1]), 0.0);
    near(matthews(&[5, 7, 7], &[7, 5, 7]), -0.5);
}

/// lm-eval's `brier_score([(1, [0.2, 0.8]), (-1, [0.5, 0.5])])`.
#[test]
fn brier_takes_an_index_from_the_end() {
    let item =
        |gold, chances: [f64; 2]| Value::List(vec![Value::Int(gold), Value::List(chances.map(Value::Float).into())]);
    near(of(&Aggregation::Brier, &[item(1, [0.2, 0.8]), item(-1, [0.5, 0.5])]).unwrap(), 0.29);
    assert!(of(&Aggregation::Brier, &[item(-100, [0.5, 0.5])]).is_err());
}

/// lm-eval takes as many references as the item with the fewest has: here one, though two items have two.
#[test]
fn references_are_cut_to_the_fewest() {
    let item = |references: &[&str], hypothesis: &str| {
        let references = references.iter().map(|reference| Value::from(*reference)).collect();
        Value::List(vec![Value::List(references), hypothesis.into()])
    };
    let items = [
        item(&["the cat sat on the mat", "a cat sat on a mat"], "the cat sat on a mat"),
        item(&["it is raining hard today, isn't it?"], "it rains hard today"),
        item(&["고양이가 매트 위에 앉았다.", "고양이는 매트에 앉아 있다."], "고양이가 매트에 앉았다."),
    ];
    let values = [
        (Corpus::Bleu, 23.813_694_985_189_848),
        (Corpus::Chrf, 49.705_293_071_345_47),
        (Corpus::ChrfPlus, 48.550_641_916_946_766),
        (Corpus::Ter, 47.058_823_529_411_76),
    ];
    for (corpus, wanted) in values {
        let found = of(&Aggregation::Corpus(corpus), &items).unwrap();
        assert!((found - wanted).abs() < 1e-10, "{corpus:?}: {found}");
    }
}

/// `scipy.stats.binomtest(hits, all).proportion_ci(method="wilson")`.
#[test]
fn wilsons_interval() {
    let table = [
        (0, 10, 0.0, 0.277_532_799_862_889_26),
        (7, 10, 0.396_778_147_461_145_26, 0.892_208_732_593_699),
        (50, 50, 0.928_652_400_866_641_2, 1.0),
        (450, 1000, 0.419_415_384_074_296_74, 0.480_967_291_774_258_73),
    ];
    for (hits, all, lower, upper) in table {
        let found = wilson(hits, all).unwrap();
        near(found.lower, lower);
        near(found.upper, upper);
    }
    assert_eq!(wilson(0, 0), None);
    assert_eq!(mean_interval(&[0.5]), None);
    assert_eq!(mean_interval(&[0.5, 1.0]).map(|interval| interval.method), Some(Method::Normal));
}

/// The sandwich by numpy; with every item its own cluster it is the ordinary standard error.
#[test]
fn clustered_standard_errors() {
    let values = [1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0];
    let found = clustered_stderr(&values, &[0, 0, 0, 1, 1, 2, 2, 2, 3, 3]).unwrap();
    near(found.stderr, 0.134_660_065_844_827_7);
    assert_eq!(found.clusters, 4);
    let keys: Vec<usize> = (0..values.len()).collect();
    near(clustered_stderr(&values, &keys).unwrap().stderr, mean_stderr(&values).unwrap());
    assert_eq!(clustered_stderr(&values, &[1; 10]), None);
}

#[test]
fn what_cannot_be_aggregated_says_so() {
    let pair = Value::List(vec!["gold".into(), "said".into()]);
    let fault = of(&Aggregation::Mean, &[pair]).unwrap_err().to_string();
    assert!(fault.contains("mean") && fault.contains("gold"), "{fault}");
    assert!(of(&Aggregation::Mean, &[]).is_err());
    assert_eq!(of(&Aggregation::Median, &[3.0, 1.0, 2.0, 4.0].map(Value::Float)), Ok(3.0));
    near(of(&Aggregation::NanMean, &[Value::Float(f64::NAN), Value::Int(3)]).unwrap(), 3.0);
}

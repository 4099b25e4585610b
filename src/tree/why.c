#include "tree/why.h"
#include <string.h>

const cyn_label cyn_why_labels[] = {
    [CYN_WHY_SUM] = {"a sum: each part's own change", "和なので、各要素自身の変化"},
    [CYN_WHY_PRODUCT] = {"a product: by logarithmic means", "積なので、対数平均による"},
    [CYN_WHY_ORDERS] = {"neither sum nor product: the mean over all orders of change",
                        "和でも積でもないので、すべての変化順序の平均"},
    [CYN_WHY_NEGATIVE] = {"a product with negative values: the mean over all orders of change",
                          "負の値を含む積なので、すべての変化順序の平均"},
    [CYN_WHY_MANY] = {"more than 12 inputs changed together: the mean over the orders that keep "
                      "brackets together",
                      "12 を超える要素が同時に変化したので、括弧のまとまりを保つ変化順序の平均"},
    [CYN_WHY_ASKED] = {"the metric asks for it", "指標の定義による指定"},
    [CYN_WHY_MOVEMENT] = {"a balance that moved: each flow of the period",
                          "残高の増減なので、期間中の各フロー"},
    [CYN_WHY_SCRIPT] = {"the metric's own function", "指標自身の関数による"},
    [CYN_WHY_SEGMENTS_ADD] = {"segments add up: each one's own change",
                              "セグメントの合計なので、それぞれの変化"},
    [CYN_WHY_SEGMENTS_RATIO] = {"a ratio: rates within the segments, and their mix",
                                "比率なので、セグメント内の率と構成比の変化"},
    [CYN_WHY_NO_TOTAL] = {"the metric has no value in one of the two",
                          "比較の一方で指標の値がありません"},
    [CYN_WHY_NO_INPUT] = {"a part has no value in one of the two",
                          "比較の一方で要素の値がありません"},
    [CYN_WHY_NO_RESULT] = {"the formula has no value in one of the two",
                           "比較の一方で式の値がありません"},
    [CYN_WHY_NOT_SUM] = {"the formula is no sum of its parts", "式が要素の和ではありません"},
    [CYN_WHY_NOT_PRODUCT] = {"the formula is no product of its parts",
                             "式が要素の積ではありません"},
    [CYN_WHY_NOT_POSITIVE] = {"a part is negative: logarithmic means need positive values",
                              "負の要素があり、対数平均は正の値を必要とします"},
    [CYN_WHY_NO_BETWEEN] = {"the formula has no value with some parts changed and others not",
                            "一部の要素だけが変化した場合に、式の値がありません"},
    [CYN_WHY_TOO_LARGE] = {"a difference is larger than the largest number",
                           "差が扱える最大の数を超えます"},
    [CYN_WHY_TOO_NESTED] = {"too many inputs changed in too many brackets: make metrics of some",
                            "括弧の中で変化した要素が多すぎます。一部を指標に分けてください"},
    [CYN_WHY_NO_OPENING] = {"a movement needs flows and exactly one opening balance",
                            "増減にはフローと期首残高ひとつが必要です"},
    [CYN_WHY_NO_NUMBER] = {"the metric's own function gave no number for a part",
                           "指標自身の関数が数値を返さない要素があります"},
    [CYN_WHY_NOT_ALL] = {"the parts of the metric's own function do not add up to the change",
                         "指標自身の関数の返す値の和が変化に一致しません"},
    [CYN_WHY_NO_METHOD] = {"this method does not apply to formulas",
                           "この方法は式には適用できません"},
    [CYN_WHY_SEGMENTS_OVERLAP] = {"segments do not add up to the total",
                                  "セグメントの合計が全体に一致しません"},
    [CYN_WHY_SEGMENTS_WEIGHT] = {"a denominator is negative, or none is positive",
                                 "負の分母があるか、正の分母がありません"},
    [CYN_WHY_SEGMENTS_RATIO_NONE] = {"a segment has a denominator, but no ratio",
                                     "分母があるのに比率のないセグメントがあります"},
    [CYN_WHY_NO_TARGET] = {"the metric has no target for this grain", "この粒度の目標がありません"},
    [CYN_WHY_NO_MARKET] = {"the metric has no market figure for this grain",
                           "この粒度の市場値がありません"},
    [CYN_WHY_FIGURES_WHOLE] = {"the sheet's figures are those of the whole, not of segments",
                               "定義シートの値は全体のもので、セグメントのものではありません"},
    [CYN_WHY_NOT_BROKEN_DOWN] = {"the parts' figures do not break it down",
                                 "各要素の値では内訳が説明されません"},
};

const char *cyn_why_text(const char *why, const char *language)
{
    for (size_t i = 0; i < sizeof cyn_why_labels / sizeof *cyn_why_labels; i++) {
        if (!strcmp(cyn_why_labels[i].en, why))
            return cyn_label_text(cyn_why_labels[i], language, why);
    }
    return why;
}
